// Stands in for the package `uc.micro`: the classes of characters the parser asks for, which a browser knows itself.
export const P = /\p{P}/u;
export const S = /\p{S}/u;
