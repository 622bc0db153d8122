// What ratings.js requires as `mysql`: mysql2, which has the same calls, over TLS where the pod is
// told so. The server's name and authority are checked; NODE_EXTRA_CA_CERTS names an own authority.
const mysql2 = require('mysql2')

exports.createConnection = options =>
  mysql2.createConnection({
    ...options,
    ssl: process.env.MYSQL_DB_TLS === 'true' ? { verifyIdentity: true } : undefined
  })
