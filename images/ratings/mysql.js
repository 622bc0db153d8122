// What ratings.js requires as `mysql`: mysql2, which has the same calls, over TLS where the pod is
// told so. The server's name and authority are checked; NODE_EXTRA_CA_CERTS names an own authority.
const net = require('node:net')

const mysql2 = require('mysql2')

// Of a host with addresses of both families Node.js gives each 250 ms: too few for a database that
// is far away, or for a machine that starts pods meanwhile, where pods have no way to the other.
// https://nodejs.org/api/net.html#netsetdefaultautoselectfamilyattempttimeoutvalue
net.setDefaultAutoSelectFamilyAttemptTimeout(2000)

exports.createConnection = options =>
  mysql2.createConnection({
    ...options,
    ssl: process.env.MYSQL_DB_TLS === 'true' ? { verifyIdentity: true } : undefined
  })
