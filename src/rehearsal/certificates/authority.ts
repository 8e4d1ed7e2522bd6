/**
 * A certificate authority of our own for one rehearsal: PostgreSQL servers and
 * HTTPS stand-ins get their certificates from it. Its key never leaves the
 * process. Writes no files.
 */
import "reflect-metadata"; // must come before x509, which refuses to load without it
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface Subject {
  /** DNS names; the first one is also the common name. */
  readonly names: readonly string[];
  /** IP addresses; `127.0.0.1` when absent. */
  readonly addresses?: readonly string[];
}

/** PEM texts. */
export interface Issued {
  /** The certificate followed by the authority's own. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM text, for whoever must trust it. */
  readonly ca: string;
  issue(subject: Subject): Promise<Issued>;
}

/** Understood by OpenSSL 1.1, which the embedded servers carry. */
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
const usage = x509.KeyUsageFlags;

x509.cryptoProvider.set(webcrypto);

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** Positive and unique: RFC 5280 allows 20 bytes, of which the first bit is the sign. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** From yesterday, because the clocks of containers differ, for 90 days. */
function lifetime(): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - dayMs), notAfter: new Date(now + 90 * dayMs) };
}

async function keyToPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
}

/** Attribute values are escaped by the library when given as objects, not as text. */
function commonName(name: string): x509.JsonName {
  return [{ CN: [name] }];
}

export async function createAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: commonName(name),
    ...lifetime(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const ca = `${root.toString("pem")}\n`;

  async function issue(subject: Subject): Promise<Issued> {
    const own = await newKeys();
    const names = subject.names.map((value) => ({ type: "dns" as const, value }));
    const addresses = (subject.addresses ?? ["127.0.0.1"]).map((value) => ({
      type: "ip" as const,
      value,
    }));
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: commonName(subject.names[0] ?? "localhost"),
      issuer: root.subject,
      ...lifetime(),
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension([...names, ...addresses]),
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(root),
        await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
      ],
    });
    return { cert: `${certificate.toString("pem")}\n${ca}`, key: await keyToPem(own.privateKey) };
  }

  return { ca, issue };
}
