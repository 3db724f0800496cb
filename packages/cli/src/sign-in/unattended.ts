import { isOn, isUnset, type Surroundings } from '../terminal/surroundings.ts'

/** The variables that batch systems set. They are also set in an interactive terminal there. */
const batchVariable =
  /^(?:SLURM_JOB_ID|PBS_JOBID|PBS_ENVIRONMENT|SGE_TASK_ID|LSB_JOBID|OAR_JOB_ID|KUBERNETES_SERVICE_HOST)$/

/** The reason why nobody can approve a sign-in here. `undefined` if somebody may be able to. */
export function unattendedReason({ env, stdin, stderr }: Surroundings): string | undefined {
  if (!isUnset(env.INTERACTIVE_SESSION)) return undefined
  if (isOn(env.CI)) return 'CI is set'
  if (stdin.isTTY === true || stderr.isTTY === true) return undefined
  const job = Object.keys(env).find((name) => batchVariable.test(name))
  return job && `${job} is set and there is no terminal`
}
