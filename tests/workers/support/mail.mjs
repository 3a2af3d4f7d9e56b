// A real mail server on loopback (npm smtp-server) with a certificate of its own authority.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { generate } from "selfsigned";
import { SMTPServer } from "smtp-server";
import { discard, temporaryFolder } from "./server.mjs";

export const LOGIN = { username: "photos", password: "mail-password" };

/** A certificate for `localhost` and a file of it, which servers that are started afterwards trust. */
export class Authority {
  static async make() {
    const authority = new Authority();
    authority.folder = temporaryFolder();
    const common = { keySize: 2048, algorithm: "sha256" };
    const name = (value) => [{ name: "commonName", value }];
    const constraints = (cA) => ({ name: "basicConstraints", cA, critical: true });
    const signs = { name: "keyUsage", keyCertSign: true, critical: true };
    // Two certificates: rustls takes none of an authority for that of a server.
    const own = await generate(name("Authority of the tests"), { ...common, extensions: [constraints(true), signs] });
    const names = { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] };
    const ca = { key: own.private, cert: own.cert };
    const made = await generate(name("localhost"), { ...common, ca, extensions: [constraints(false), names] });
    Object.assign(authority, { key: made.private, cert: made.cert, file: path.join(authority.folder, "authority.pem") });
    writeFileSync(authority.file, own.cert);
    // workerd (through Miniflare) and our host take authorities from here.
    Object.assign(process.env, { NODE_EXTRA_CA_CERTS: authority.file, SSL_CERT_FILE: authority.file });
    return authority;
  }

  /** A certificate for `localhost` that signed itself: nobody trusts it. */
  static async stranger() {
    const names = { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] };
    const constraints = { name: "basicConstraints", cA: false, critical: true };
    const options = { keySize: 2048, algorithm: "sha256", extensions: [constraints, names] };
    const made = await generate([{ name: "commonName", value: "localhost" }], options);
    return { key: made.private, cert: made.cert };
  }

  remove() {
    delete process.env.NODE_EXTRA_CA_CERTS;
    delete process.env.SSL_CERT_FILE;
    discard(this.folder);
  }
}

/** A server that keeps what it gets: `{ to, secure, user, text }`. */
export class MailServer {
  mails = [];

  /** `secure`: TLS from the start; otherwise STARTTLS, or nothing without a certificate. */
  static async start({ key, cert } = {}, { secure = false, port = 0 } = {}) {
    const server = new MailServer();
    server.secure = secure;
    server.smtp = new SMTPServer({
      ...{ key, cert, secure, authMethods: ["PLAIN", "LOGIN"], disableReverseLookup: true, logger: false },
      ...(!cert && { disabledCommands: ["STARTTLS"], allowInsecureAuth: true }),
      onAuth: ({ username, password }, _session, done) =>
        username === LOGIN.username && password === LOGIN.password ? done(null, { user: username }) : done(new Error("wrong password")),
      onData: (stream, session, done) => server.#keep(stream, session).then(() => done(), done),
    });
    server.smtp.on("error", () => {});
    server.smtp.listen(port, "localhost");
    await once(server.smtp.server, "listening");
    server.port = server.smtp.server.address().port;
    return server;
  }

  async #keep(stream, session) {
    const chunks = await stream.toArray();
    // Quoted-printable without its line breaks; the letters of the tests are ASCII otherwise.
    const text = Buffer.concat(chunks).toString().replaceAll("=\r\n", "").replaceAll("=3D", "=");
    const to = session.envelope.rcptTo.map(({ address }) => address).join();
    this.mails.push({ to, secure: session.secure, user: session.user, text });
  }

  /** The section `notifications.smtp` that leads here. */
  config(transport = {}) {
    const here = { host: "localhost", port: this.port, secure: this.secure, ignoreCert: false };
    return { enabled: true, from: "Photos <photos@immich.test>", replyTo: "", transport: { ...here, ...LOGIN, ...transport } };
  }

  /** Ends it; mails that were taken stay in `mails`. */
  async stop() {
    await new Promise((resolve) => this.smtp.close(resolve));
  }
}
