// @ts-check
/** The cluster, to try with your own devices and phones: `npm start redis`, or `npm start postgres`. */
import { withCluster } from './cluster.js'

await withCluster(
  async ({ origin }) => {
    console.log(`As the device: curl -d client_id=tv ${origin}/oauth/device_authorization`)
    console.log(`As its user:   ${origin}/oauth/device`)
    return false
  },
  Number(process.env.PORT ?? 3000),
)
