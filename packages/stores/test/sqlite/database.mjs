// The SQLite drivers of the tests. Each may be missing: better-sqlite3 needs a compiler, and node:sqlite needs Node 22.13.

/** Loads better-sqlite3, and opens a database: the addon is missing if it was installed without its script. */
async function loadBetterSqlite() {
  // in the version for this Node: 13 needs Node 22, and 12 aborts when Node 24 garbage-collects a statement
  const isOld = Number.parseInt(process.versions.node, 10) < 22
  try {
    const { default: Database } = isOld ? await import('better-sqlite3') : await import('better-sqlite3-13')
    new Database(':memory:').close()
    return Database
  } catch {
    return undefined
  }
}

const BetterSqlite = await loadBetterSqlite()
const NodeSqlite = process.getBuiltinModule('node:sqlite')?.DatabaseSync

/** Functions that open a file, by the name of their driver; without the drivers that are missing. */
export const drivers = {
  ...(BetterSqlite && { 'better-sqlite3': (path) => new BetterSqlite(path) }),
  ...(NodeSqlite && { 'node:sqlite': (path) => new NodeSqlite(path) }),
}

/** Opens a file with better-sqlite3, or with node:sqlite where it is missing. */
export const openSqlite = Object.values(drivers)[0]

/** The name of the driver to install if there is none. */
export const noSqlite = openSqlite === undefined ? 'better-sqlite3' : undefined
