// Keys with values in one block of memory, as latzero_item in latzero.h describes it.
'use strict';

const HEAD = 56; // sizeof(latzero_item)
const padded = (size) => (Math.floor(size / 8) + 1) * 8;

// Each item: its key, and what value() gives; `status` tells whether there is one.
function* unpacked(block) {
  for (let at = 0; at < block.length; at += Number(block.readBigUInt64LE(at + 8))) {
    const [key, length] = [at + block.readUInt32LE(at), block.readUInt32LE(at + 4)];
    const begin = key + padded(length);
    yield {
      key: block.toString('utf8', key, key + length),
      data: block.subarray(begin, begin + Number(block.readBigUInt64LE(at + 16))),
      version: block.readBigUInt64LE(at + 24), ttl_ms: block.readBigInt64LE(at + 32), kind: block.readUInt32LE(at + 40),
      tag: block.readUInt32LE(at + 44), flags: block.readUInt32LE(at + 48), status: block.readInt32LE(at + 52),
    };
  }
}

// The block of items with key, kind, data and, where it has one, tag.
function packed(items, ttl) {
  return Buffer.concat(items.map(({ key, kind, data, tag = 0 }) => {
    const name = Buffer.from(key);
    const item = Buffer.alloc(HEAD + padded(name.length) + padded(data.length));
    item.writeUInt32LE(HEAD, 0);
    item.writeUInt32LE(name.length, 4);
    item.writeBigUInt64LE(BigInt(item.length), 8);
    item.writeBigUInt64LE(BigInt(data.length), 16);
    item.writeBigInt64LE(BigInt(ttl), 32);
    item.writeUInt32LE(kind, 40);
    item.writeUInt32LE(tag, 44);
    name.copy(item, HEAD);
    data.copy(item, HEAD + padded(name.length));
    return item;
  }));
}

// Each key with its length before it.
function packedKeys(keys) {
  return Buffer.concat(keys.flatMap((key) => {
    const [name, length] = [Buffer.from(key), Buffer.alloc(4)];
    length.writeUInt32LE(name.length);
    return [length, name];
  }));
}

module.exports = { packed, packedKeys, unpacked };
