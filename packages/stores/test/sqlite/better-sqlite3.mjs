// better-sqlite3 in the version for this Node: 13 needs Node 22, and 12 aborts when Node 24 garbage-collects a statement.
const isOld = Number.parseInt(process.versions.node, 10) < 22
export const { default: Database } = isOld ? await import('better-sqlite3') : await import('better-sqlite3-13')
