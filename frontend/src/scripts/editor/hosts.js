// Stands in for the package `punycode.js`: the names of hosts are shown as they were written.
export default { toASCII: (host) => host, toUnicode: (host) => host };
