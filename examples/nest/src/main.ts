/**
 * A Nest application whose users connect devices: the file to copy. What is about devices has an arrow (→).
 * `npm start` runs it on Express, `npm start fastify` on Fastify.
 */
import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import { DeviceAuthGuard, DeviceAuthModule, DeviceToken, deviceClient, Scopes } from '@device-auth/nest'
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

/** Names by cookie. Yours is a session that outlives the process. */
const sessions = new Map<string, string>()

/** → Who is logged in, by `id`, as Passport leaves it. It lets everybody pass: the page itself sends people to the log-in. */
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

  /** Yours asks for a password. */
  @Post()
  @Redirect()
  logIn(@Body() form: { name?: string; return_to?: string }, @Res({ passthrough: true }) response: unknown): object {
    const session = randomUUID()
    sessions.set(session, String(form.name))
    // lax: the link in the QR code has to find its user logged in
    this.host.httpAdapter.setHeader(response, 'set-cookie', `session=${session}; Path=/; HttpOnly; SameSite=Lax`)
    return { url: returnPath(form.return_to), statusCode: 303 }
  }
}

/** → What a device may do once it is signed in. */
@Controller('api')
@UseGuards(DeviceAuthGuard)
class ApiController {
  @Get('me')
  @Scopes('profile')
  me(@DeviceToken('subject') name: string): object {
    return { name }
  }
}

// → the endpoints for devices and the page for users; who may ask for a sign-in, and for what
const devices = DeviceAuthModule.forRoot({
  issuer: `${origin}/oauth`,
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  loginUrl: '/login',
  decorators: [UseGuards(SessionGuard)],
})

@Module({ imports: [devices], controllers: [LoginController, ApiController] })
class AppModule {}

/** → The way back from the log-in: to the pages for devices only, or anybody's link could lead anywhere. */
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
console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
console.log(`As its user:   ${origin}/oauth/device`)
