/**
 * The error of an attempt that the database began after its caller had given up, because the database or the connection stood still
 * meanwhile. It was not counted.
 *
 * @param store the name of the function that makes the store
 */
export function lateAttempt(store: string): Error {
  return new Error(
    `${store}: this attempt reached the database too late, and was not counted. Look at the load of the database, and at its clock.`,
  )
}
