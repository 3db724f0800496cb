// Sizes of a run. They are read from the environment, so that a busy machine can do with less.

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)

export const settings = {
  /** Processes of each server, one after the other. */
  starts: number('STARTS', 5),
  /** Turns of each process. */
  rounds: number('ROUNDS', 3),
  /** Polls of a turn. With Express on Node 20 the whole heap is collected every few thousand requests. */
  polls: number('POLLS', 10_000),
  /** Sign-ins of a turn. */
  flows: number('FLOWS', 5_000),
  /** Pending codes that are polled. */
  codes: number('CODES', 10_000),
  /** Decides the order of the servers in each round. */
  seed: number('SEED', Math.floor(Math.random() * 2 ** 31)),
  /** Names of the servers to measure. */
  only: process.env.ONLY?.split(','),
}
