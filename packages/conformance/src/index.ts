export type {
  ConformanceCase,
  ConformanceContext,
  ConformanceLevel,
  ConformanceNeed,
  ResolvedEndpoints,
} from './case.ts'

export { conformanceCases } from './cases/index.ts'
export { openConformance } from './context.ts'
export { ConformanceFailure } from './expect.ts'
export type { HttpRequest, HttpResponse } from './http.ts'
export type { Pacing } from './pacing.ts'
export { formatReport } from './report.ts'
export {
  type ConformanceOptions,
  type ConformanceReport,
  type ConformanceResult,
  runCase,
  runConformance,
} from './run.ts'

export {
  type ConformanceClient,
  type ConformanceClientName,
  type ConformanceClients,
  type ConformanceEndpoints,
  type ConformanceJwtTokens,
  type ConformanceKeyClient,
  type ConformancePage,
  type ConformanceResource,
  ConformanceSkip,
  type ConformanceTarget,
  skip,
} from './target.ts'
