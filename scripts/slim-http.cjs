// Like the launcher of the service: what imports node:http loads no second HTTP client, which takes 40 ms.
const http = require('node:http');

for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) Reflect.deleteProperty(http, name);
