// Drives age-encryption for the tests: one JSON request a line, one JSON answer a line. Bytes travel as base64.
import { createInterface } from "node:readline";
import * as age from "age-encryption";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const text = (data) => Buffer.from(data).toString("base64");

const operations = {
  async generate({ type }) {
    const identity = await (type === "hybrid" ? age.generateHybridIdentity() : age.generateX25519Identity());
    return { identity, recipient: await age.identityToRecipient(identity) };
  },
  async recipient({ identity }) {
    return { recipient: await age.identityToRecipient(identity) };
  },
  async seal({ data, recipients = [], passphrase, armored }) {
    const encrypter = new age.Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    if (passphrase !== undefined) {
      encrypter.setPassphrase(passphrase);
      encrypter.setScryptWorkFactor(10);
    }
    const file = await encrypter.encrypt(bytes(data));
    return { data: text(armored ? age.armor.encode(file) : file) };
  },
  async open({ data, identity, passphrase, armored }) {
    const decrypter = new age.Decrypter();
    if (identity !== undefined) decrypter.addIdentity(identity);
    if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
    const file = bytes(data);
    return { data: text(await decrypter.decrypt(armored ? age.armor.decode(Buffer.from(file).toString()) : file)) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    console.log(JSON.stringify(await operations[request.operation](request)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
