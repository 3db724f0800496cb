import { isOn, isUnset, type Surroundings } from '../terminal/surroundings.ts'

/** Variables of batch systems, also set in a terminal that a person has there. */
const batch = /^(?:SLURM_JOB_ID|PBS_JOBID|PBS_ENVIRONMENT|SGE_TASK_ID|LSB_JOBID|OAR_JOB_ID|KUBERNETES_SERVICE_HOST)$/

/** Why nobody can approve a sign-in here, or nothing when somebody may. */
export function unattendedReason({ env, stdin, stderr }: Surroundings): string | undefined {
  if (!isUnset(env.INTERACTIVE_SESSION)) return undefined
  if (isOn(env.CI)) return 'CI is set'
  if (stdin.isTTY === true || stderr.isTTY === true) return undefined
  const job = Object.keys(env).find((name) => batch.test(name))
  return job && `${job} is set and there is no terminal`
}
