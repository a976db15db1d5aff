// node mint.mjs SUBJECT SCOPE: an access token, signed (RS256) and encrypted (RSA-OAEP-256, A256GCM)

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CompactEncrypt, SignJWT, importJWK, importPKCS8 } from 'jose';

const [, , subject, scope] = process.argv;
const signing = await importPKCS8(readFileSync('authority/private.pem', 'utf8'), 'RS256');
const { kid } = JSON.parse(readFileSync('authority/jwks.json')).keys[0]; // what the authority publishes of that key

// The first key that Sharehold publishes. A server caches it for minutes, not for ever: it is rotated.
const answer = await fetch('http://127.0.0.1:8700/.well-known/jwks.json');
const { keys: [recipient] } = await answer.json();

// Inside: the claims, signed (RFC 9068).
const signed = await new SignJWT({ client_id: 'my-site', scope, email: 'ann@example.org', email_verified: true })
  .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
  .setIssuer('https://as.example')
  .setSubject(subject)
  .setAudience('http://127.0.0.1:8700')
  .setIssuedAt()
  .setExpirationTime('1h')
  .setJti(randomUUID())
  .sign(signing);

// Outside: the signed token, encrypted (RFC 7519 §5.2). `cty` says that a JWT is inside.
console.log(await new CompactEncrypt(new TextEncoder().encode(signed))
  .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: recipient.kid })
  .encrypt(await importJWK(recipient, 'RSA-OAEP-256')));
