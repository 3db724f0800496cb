/**
 * Waits for an answer, but not longer than a deadline.
 *
 * @param deadline milliseconds
 * @param asker the first word of the error
 * @returns a promise that rejects after the deadline, or as `answer` does
 */
export function answerInTime<T>(answer: PromiseLike<T>, deadline: number, asker: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${asker}: no answer within ${deadline} ms.`)), deadline)
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
