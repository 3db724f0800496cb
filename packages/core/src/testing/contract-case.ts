/** One requirement of a contract, as a test case. */
export interface ContractCase {
  /** The requirement in words; unique. */
  readonly name: string
  /** Runs the case on an implementation of its own. Rejects with an `AssertionError` if the requirement is not met. */
  run(): Promise<void>
}
