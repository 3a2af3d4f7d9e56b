// The mobile app of the soak: it syncs while everything else goes on, and at the end it must know what there is.
import assert from "node:assert/strict";
import { App } from "../support/mobile.mjs";

/** What the app says of a stream that has no end, and of an answer while something is down. */
const CUT_OFF = /the stream broke off|: 503 /;

/** One installation of the app, which is not told when the server moves. */
export class Phone {
  #isBusy = false;
  #app;

  /** `failures` takes every 5xx. */
  static async logIn(url, credentials, failures) {
    const phone = new Phone();
    await phone.#start(url, new App(), failures);
    await phone.#app.logIn(credentials);
    return phone;
  }

  async #start(url, app, failures) {
    await app.enterUrl(url);
    app.http.failures = failures;
    this.#app = app;
  }

  /** Starts the app anew with what it has kept, as after a change of the address. */
  restart(url, failures) {
    const { tables, http } = this.#app;
    return this.#start(url, new App({ cookies: http.cookies, tables }), failures);
  }

  /** Syncs, unless it does already. False when it could not come to an end; what had come is kept and acknowledged. */
  async sync() {
    if (this.#isBusy) return true;
    this.#isBusy = true;
    try {
      await this.#app.sync();
      return true;
    } catch (error) {
      if (error instanceof TypeError || CUT_OFF.test(error.message)) return false;
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Fails unless it has, after one more sync, exactly these photos, with their renditions; `photos`: checksums by id. */
  async assertKnows(photos) {
    assert.ok(await this.sync(), "nothing is down");
    const found = new Map(this.#app.rows("assets").map((asset) => [asset.id, asset]));
    const ids = [...photos.keys()].sort();
    assert.deepEqual([...found.keys()].sort(), ids, "the phone has what the server has");
    assert.deepEqual(this.#app.rows("exif").map(({ assetId }) => assetId).sort(), ids, "and the metadata of each");
    for (const [id, { checksum, originalFileName, thumbhash }] of found) {
      assert.equal(checksum, photos.get(id), `${originalFileName} is what was uploaded`);
      assert.ok(thumbhash, `the phone heard of the renditions of ${originalFileName}`);
    }
  }
}
