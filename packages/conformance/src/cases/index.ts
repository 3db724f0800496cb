import type { ConformanceCase } from '../case.ts'
import { faultConfusionCases } from './faults-confusion.ts'
import { faultCsrfCases } from './faults-csrf.ts'
import { faultDecisionCases } from './faults-decisions.ts'
import { faultHttpCases } from './faults-http.ts'
import { faultPageCases } from './faults-page.ts'
import { faultParserCases } from './faults-parser.ts'
import { faultRaceCases } from './faults-races.ts'
import { limitCases } from './limits.ts'
import { openidCases } from './openid.ts'
import { openidEndpointCases } from './openid-endpoints.ts'
import { rfc6749ClientCases } from './rfc6749-client.ts'
import { rfc6749EndpointCases } from './rfc6749-endpoints.ts'
import { rfc6749ErrorCases } from './rfc6749-errors.ts'
import { rfc6749ScopeCases } from './rfc6749-scope.ts'
import { rfc6749TokenCases } from './rfc6749-token.ts'
import { rfc6750Cases } from './rfc6750.ts'
import { rfc7009Cases } from './rfc7009.ts'
import { rfc7523Cases } from './rfc7523.ts'
import { rfc7662Cases } from './rfc7662.ts'
import { rfc8414Cases } from './rfc8414.ts'
import { rfc8628CompleteCases } from './rfc8628-complete.ts'
import { rfc8628PageCases } from './rfc8628-page.ts'
import { rfc8628PollingCases } from './rfc8628-polling.ts'
import { rfc8628RequestCases } from './rfc8628-request.ts'
import { rfc8628ResponseCases } from './rfc8628-response.ts'
import { rfc8628TokenCases } from './rfc8628-token.ts'
import { rfc8707Cases } from './rfc8707.ts'
import { rfc9068Cases } from './rfc9068.ts'
import { rfc9110Cases } from './rfc9110.ts'
import { rfc9396Cases } from './rfc9396.ts'
import { rfc9449Cases } from './rfc9449.ts'
import { rfc9449BindingCases } from './rfc9449-binding.ts'
import { rfc9700Cases } from './rfc9700.ts'

/** Every case, in the order of the specifications. Those that use up limits come last. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...rfc8628RequestCases,
  ...rfc8628ResponseCases,
  ...rfc8628TokenCases,
  ...rfc8628PollingCases,
  ...rfc8628PageCases,
  ...rfc8628CompleteCases,
  ...rfc6749ClientCases,
  ...rfc6749EndpointCases,
  ...rfc6749ScopeCases,
  ...rfc6749TokenCases,
  ...rfc6749ErrorCases,
  ...rfc6750Cases,
  ...rfc7009Cases,
  ...rfc7523Cases,
  ...rfc7662Cases,
  ...rfc8414Cases,
  ...rfc8707Cases,
  ...rfc9068Cases,
  ...rfc9110Cases,
  ...rfc9396Cases,
  ...rfc9449Cases,
  ...rfc9449BindingCases,
  ...rfc9700Cases,
  ...openidCases,
  ...openidEndpointCases,
  ...faultRaceCases,
  ...faultDecisionCases,
  ...faultConfusionCases,
  ...faultCsrfCases,
  ...faultPageCases,
  ...faultParserCases,
  ...faultHttpCases,
  ...limitCases,
]
