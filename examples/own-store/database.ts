/** A row of the table. The columns `subject`, `clientId` and `address` are searched, so they need an index. */
export interface Row {
  readonly key: string
  /** JSON. */
  readonly value: string
  /** Epoch milliseconds; a sweep deletes the row then. */
  readonly forgetAt: number
  readonly subject?: string | undefined
  readonly clientId?: string | undefined
  /** The address of the device in the order of addresses, as `addressKey` makes it. */
  readonly address?: string | undefined
}

/** A range of one column, both ends included. */
export interface Range {
  readonly column: 'subject' | 'clientId' | 'address'
  readonly from: string
  readonly to: string
}

/** The statements of one transaction. */
export interface Transaction {
  /**
   * Reads the value of a row and locks the row until the transaction ends. A row that does not exist is locked too, so that only one
   * transaction can make it. If it is not written, nothing of it stays, at the latest after the next `deleteForgotten`.
   */
  lock(key: string): Promise<string | undefined>
  /** Inserts a row, or replaces the row with the same key. */
  write(row: Row): Promise<void>
}

/** The four things that the store asks of a database. */
export interface Database {
  /** Runs the work in one transaction. If the work rejects, nothing of it has happened. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Reads the value of a row without a lock. */
  read(key: string): Promise<string | undefined>
  /** Reads the values of all rows with a column in this range. */
  search(range: Range): Promise<readonly string[]>
  /** Deletes the rows that may be forgotten. @returns the number of records among them: of rows whose key begins with `record:` */
  deleteForgotten(now: number): Promise<number>
}
