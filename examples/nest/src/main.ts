/**
 * A Nest application whose users connect devices: the file to copy. Arrows (→) mark the lines for devices.
 * `npm start` runs it on Express, `npm start fastify` on Fastify.
 */
import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import {
  DEVICE_AUTH,
  DeviceAuthGuard,
  DeviceAuthModule,
  DeviceToken,
  deviceClient,
  gracefulShutdown,
  Scopes,
} from '@device-auth/nest'
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  Inject,
  Injectable,
  Module,
  Post,
  Query,
  Redirect,
  Res,
  UseGuards,
} from '@nestjs/common'
import { HttpAdapterHost, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'

const port = Number(process.env.PORT ?? 3000)
const origin = `http://localhost:${port}`

/** User names by session cookie. In your application, sessions outlive the process. */
const sessions = new Map<string, string>()

/** → Sets the user that is logged in, by `id`, as Passport does. It lets every request pass: the pages send users to the log-in. */
@Injectable()
class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest()
    const session = /(?:^|; )session=([\w-]+)/.exec(String(request.headers.cookie))?.[1] ?? ''
    const name = sessions.get(session)
    if (name !== undefined) Object.assign(request, { user: { id: name, name }, sessionID: session })
    return true
  }
}

@Controller('login')
class LoginController {
  @Inject(HttpAdapterHost) private readonly host!: HttpAdapterHost

  @Get()
  @Header('content-type', 'text/html')
  show(@Query('return_to') back: unknown): string {
    return loginPage(returnPath(back))
  }

  /** Your log-in asks for a password. */
  @Post()
  @Redirect()
  logIn(@Body() form: { name?: string; return_to?: string }, @Res({ passthrough: true }) response: unknown): object {
    const session = randomUUID()
    sessions.set(session, String(form.name))
    // lax: the browser has to send the cookie when the user follows the link in the QR code
    this.host.httpAdapter.setHeader(response, 'set-cookie', `session=${session}; Path=/; HttpOnly; SameSite=Lax`)
    return { url: returnPath(form.return_to), statusCode: 303 }
  }
}

/** → A resource for signed-in devices. */
@Controller('api')
@UseGuards(DeviceAuthGuard)
class ApiController {
  @Get('me')
  @Scopes('profile')
  me(@DeviceToken('subject') name: string): object {
    return { name }
  }
}

// → the endpoints for devices and the pages for users; the clients that may sign users in, and their scopes
const devices = DeviceAuthModule.forRoot({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
  decorators: [UseGuards(SessionGuard)],
})

@Module({ imports: [devices], controllers: [LoginController, ApiController] })
class AppModule {}

/** → The path to return to after the log-in: pages for devices only, because any other would be an open redirect. */
function returnPath(path: unknown): string {
  return typeof path === 'string' && /^\/oauth\/devices?(\?[\w.~%=&-]*)?$/.test(path) ? path : '/oauth/device'
}

function loginPage(back: string): string {
  return `<!doctype html><html lang="en"><title>Log in</title>
<form method="post" action="/login"><label>Your name <input name="name" required autofocus></label>
<input type="hidden" name="return_to" value="${back.replaceAll('&', '&amp;')}"><button>Log in</button></form>`
}

const adapter = process.argv[2] === 'fastify' ? new FastifyAdapter() : new ExpressAdapter()
const app = await NestFactory.create(AppModule, adapter, { logger: ['warn', 'error'] })
await app.listen(port, 'localhost')

// → on SIGTERM the server answers what is under way, loses no request, and ends
const shutDown = gracefulShutdown(app.getHttpServer(), app.get(DEVICE_AUTH), { release: () => app.close() })
process.on('SIGTERM', shutDown)

console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
console.log(`As its user:   ${origin}/oauth/device`)
