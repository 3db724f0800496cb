/** Milliseconds between the sending of a poll and its beginning in the database from which it is late: the server stood still, or the connection did. */
export const LATE_POLL = 1_000

/**
 * The error of a step that the database began after its caller had given up, because the database or the connection stood still
 * meanwhile. It has counted nothing.
 *
 * @param store the name of the function that makes the store
 */
export function lateStep(store: string): Error {
  return new Error(
    `${store}: this step reached the database too late, and was not counted. Look at the load of the database, and at its clock.`,
  )
}
