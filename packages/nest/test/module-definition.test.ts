import { createDeviceAuth, type DeviceAuthOptions, type OAuthRequest, type User } from '@device-auth/core'
import type { ModuleMetadata } from '@nestjs/common'
import { describe, expect, it } from 'vitest'
import { majors, type Nest } from './majors.ts'
import { options, post, signIn, start } from './running.ts'

describe.each(majors)('%s', (_name, nest) => {
  const { common } = nest

  describe('the options', () => {
    class OptionsFactory {
      createDeviceAuthOptions(): DeviceAuthOptions {
        return options
      }
    }
    const ISSUER = 'ISSUER'
    class ConfigModule {}
    common.Module({
      providers: [{ provide: ISSUER, useValue: options.issuer }, OptionsFactory],
      exports: [ISSUER, OptionsFactory],
    })(ConfigModule)
    const ways: readonly (readonly [string, () => NonNullable<ModuleMetadata['imports']>[number]])[] = [
      ['forRoot', () => nest.DeviceAuthModule.forRoot(options)],
      ['forRoot with a server', () => nest.DeviceAuthModule.forRoot({ deviceAuth: createDeviceAuth(options) })],
      [
        'useFactory',
        () =>
          nest.DeviceAuthModule.forRootAsync({
            imports: [ConfigModule],
            inject: [ISSUER],
            useFactory: async (issuer: string) => ({ ...options, issuer }),
          }),
      ],
      [
        'useFactory with a server',
        () => nest.DeviceAuthModule.forRootAsync({ useFactory: () => ({ deviceAuth: createDeviceAuth(options) }) }),
      ],
      ['useClass', () => nest.DeviceAuthModule.forRootAsync({ useClass: OptionsFactory })],
      [
        'useExisting',
        () => nest.DeviceAuthModule.forRootAsync({ imports: [ConfigModule], useExisting: OptionsFactory }),
      ],
    ]
    it.each(ways)('come by %s', async (_way, create) => {
      const { app, origin } = await start(nest, { imports: [create()] })
      await signIn(nest, app, `${origin}/oauth`, 'videos')
    })

    it('are refused at construction if they are wrong', async () => {
      const wrong = nest.DeviceAuthModule.forRoot({ ...options, issuer: 'nowhere' })
      await expect(start(nest, { imports: [wrong] })).rejects.toThrow('issuer')
    })

    it('take paths beside a factory, and refuse paths from a factory', async () => {
      const paths = { token: '/t' }
      const late = nest.DeviceAuthModule.forRootAsync({ useFactory: () => ({ ...options, paths }) })
      await expect(start(nest, { imports: [late] })).rejects.toThrow('forRootAsync')
      for (const module of [
        nest.DeviceAuthModule.forRootAsync({ paths, useFactory: () => options }),
        nest.DeviceAuthModule.forRoot({ ...options, paths }),
      ]) {
        const { origin } = await start(nest, { imports: [module] })
        expect((await post(`${origin}/oauth/t`, {})).status).toBe(400)
        expect((await post(`${origin}/oauth/token`, {})).status).toBe(404)
      }
    })

    it.each(['path', 'isGlobal', 'decorators', 'imports'])(
      'refuse %s from a factory, which is too late',
      async (name) => {
        const late = nest.DeviceAuthModule.forRootAsync({ useFactory: () => ({ ...options, [name]: [] }) })
        await expect(start(nest, { imports: [late] })).rejects.toThrow(
          `DeviceAuthModule.forRootAsync: option \`${name}\` is in the result of the factory; give it to forRootAsync beside the factory`,
        )
      },
    )

    it.each(['pages', 'paths', 'hooks', 'compatibility'])('refuse %s in both places', async (name) => {
      const given = { [name]: name === 'compatibility' ? [] : {} }
      const twice = nest.DeviceAuthModule.forRootAsync({ ...given, useFactory: () => ({ ...options, ...given }) })
      await expect(start(nest, { imports: [twice] })).rejects.toThrow(
        `DeviceAuthModule.forRootAsync: option \`${name}\` is given twice, beside the factory and in its result; give it once.`,
      )
    })

    it('refuse hooks beside a server that has its own', async () => {
      const module = nest.DeviceAuthModule.forRoot({ deviceAuth: createDeviceAuth(options), hooks: {} })
      await expect(start(nest, { imports: [module] })).rejects.toThrow('hooks')
    })

    it('leave the pages to the application', async () => {
      const { Controller, Get, Post } = common
      @Controller('oauth/device')
      class OwnPage {
        @Get()
        show(): string {
          return 'own page'
        }
        @Post()
        submit(@common.Body() body: object): object {
          return body
        }
      }
      // routes of endpoints that a factory turned off go on to the application as well
      @Controller('oauth/revoke')
      class OwnRevocation extends OwnPage {}
      const module = nest.DeviceAuthModule.forRootAsync({
        pages: false,
        useFactory: () => ({ ...options, paths: { revocation: false } }),
      })
      const { app, origin } = await start(nest, { imports: [module], controllers: [OwnPage, OwnRevocation] })
      expect(await (await post(`${origin}/oauth/revoke`, { a: 'b' })).json()).toEqual({ a: 'b' })
      expect(await (await fetch(`${origin}/oauth/device`)).text()).toBe('own page')
      expect(await (await post(`${origin}/oauth/device`, { user_code: 'X' })).json()).toEqual({ user_code: 'X' })
      expect((await fetch(`${origin}/oauth/devices`)).status).toBe(404)
      await signIn(nest, app, `${origin}/oauth`, 'videos')
    })

    it('take options of the pages', async () => {
      const pages = { theme: { name: 'Acme Videos' } }
      const authenticateUser = (): User => ({ subject: 'ann' })
      const module = nest.DeviceAuthModule.forRoot({ ...options, pages, hooks: { authenticateUser } })
      const { origin } = await start(nest, { imports: [module] })
      expect(await (await fetch(`${origin}/oauth/device`)).text()).toContain('Acme Videos')
    })
  })

  it('nothing that is made for each request may be injected: the message says so', async () => {
    class ScopedHooks extends nest.DeviceAuthHooks {}
    common.Injectable({ scope: common.Scope.REQUEST })(ScopedHooks)
    for (const module of [
      nest.DeviceAuthModule.forRootAsync({ inject: [nest.core.REQUEST], useFactory: () => options }),
      nest.DeviceAuthModule.forRoot({ ...options, hooks: ScopedHooks }),
    ]) {
      await expect(start(nest, { imports: [module] })).rejects.toThrow(
        /^DeviceAuthModule: the server cannot be made for each request anew, .* has the scope of a request\. Inject no such provider/,
      )
    }
  })

  it('isGlobal lets every module inject service and server', async () => {
    class Feature {
      @common.Inject(nest.DeviceAuthService) readonly service!: InstanceType<Nest['DeviceAuthService']>
      @nest.InjectDeviceAuth() readonly server!: object
    }
    class FeatureModule {}
    common.Module({ providers: [Feature] })(FeatureModule)
    const hidden = nest.DeviceAuthModule.forRoot(options)
    await expect(start(nest, { imports: [hidden, FeatureModule] })).rejects.toThrow('resolve')
    const imports = [nest.DeviceAuthModule.forRoot({ ...options, isGlobal: true }), FeatureModule]
    const feature = (await start(nest, { imports })).app.get(Feature, { strict: false })
    expect(Object.keys(await feature.service.devices.list('ann'))).toEqual([])
    expect(feature.server).toHaveProperty('issuer', options.issuer)
  })

  it('hooks may be a provider that injects a repository', async () => {
    class Users {
      find(id: string): User | undefined {
        return id === 'ann' ? { subject: 'ann', username: 'Ann of the repository' } : undefined
      }
    }
    class UsersModule {}
    common.Module({ providers: [Users], exports: [Users] })(UsersModule)
    class MyHooks extends nest.DeviceAuthHooks {
      @common.Inject(Users) readonly users!: Users
      override authenticateUser({ headers }: OAuthRequest): User | undefined {
        return this.users.find(String(headers['x-user']))
      }
    }
    for (const module of [
      nest.DeviceAuthModule.forRoot({ ...options, imports: [UsersModule], hooks: MyHooks }),
      nest.DeviceAuthModule.forRootAsync({ imports: [UsersModule], hooks: MyHooks, useFactory: () => options }),
    ]) {
      const { origin } = await start(nest, { imports: [module] })
      const page = (user: string): Promise<Response> => fetch(`${origin}/oauth/device`, { headers: { 'x-user': user } })
      expect(await (await page('ann')).text()).toContain('name="user_code"')
      expect(await (await page('bob')).text()).not.toContain('name="user_code"')
    }
  })
})
