// better-sqlite3 in the major that this Node can run: 13 wants Node 22, and 12 aborts where Node 24 collects a statement.
const isOld = Number.parseInt(process.versions.node, 10) < 22
export const { default: Database } = isOld ? await import('better-sqlite3') : await import('better-sqlite3-13')
