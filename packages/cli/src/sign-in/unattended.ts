import { isOn, isUnset, mayHaveReader, type Surroundings } from '../terminal/surroundings.ts'

/** The variables that batch systems set. They are also set in an interactive terminal there. */
const batchVariable =
  /^(?:SLURM_JOB_ID|PBS_JOBID|PBS_ENVIRONMENT|SGE_TASK_ID|PE_HOSTFILE|LSB_JOBID|OAR_JOB_ID|OMPI_COMM_WORLD_SIZE|PMI_RANK|MPI_LOCALRANKID|KUBERNETES_SERVICE_HOST|FREVA_BATCH_JOB)$/

/**
 * The reason why nobody can approve a sign-in here. `undefined` if somebody may be able to: at a terminal, or with a program that reads
 * the code from a pipe and shows it.
 *
 * @param json - True if the code goes to stdout, for a program; otherwise it goes to stderr.
 */
export function unattendedReason(
  { env, stdin, stdout, stderr }: Surroundings,
  json: boolean | undefined,
): string | undefined {
  if (!isUnset(env.INTERACTIVE_SESSION)) return undefined
  if (isOn(env.CI)) return 'CI is set'
  if (stdin.isTTY === true || stderr.isTTY === true) return undefined
  const job = Object.keys(env).find((name) => batchVariable.test(name))
  if (job !== undefined) return `${job} is set and there is no terminal`
  if (mayHaveReader(json ? stdout : stderr, env)) return undefined
  return 'there is no terminal, and no program reads the code'
}
