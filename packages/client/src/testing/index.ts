export { type Expected, type ServerBehavior, standard } from './behavior.ts'
export { behaviors } from './behaviors.ts'
export { FakeClock, settle } from './fake-clock.ts'
export { type FaultName, faults } from './faults.ts'
export { type Listening, listen } from './listen.ts'
export { ScriptedServer, type ScriptedServerOptions } from './scripted-server.ts'
export type { SimulatedServerOptions } from './simulated-server.ts'
export {
  afterWork,
  oauthError,
  onceWhen,
  type Reply,
  type SentRequest,
  type Step,
  type StepFunction,
  type StepServer,
  work,
} from './steps.ts'
