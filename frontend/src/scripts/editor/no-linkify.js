// Stands in for the package `linkify-it`: bare addresses are no links in channels/text.
export default class {}
