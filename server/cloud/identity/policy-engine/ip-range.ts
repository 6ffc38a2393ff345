// Addresses and ranges of conditions (`IpAddress`): IPv4 and IPv6, a single address being a range of one. On node:net's own parser.
import { BlockList, isIP } from 'node:net';

export interface Ip {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** Undefined for what is no address. An IPv4 address inside of an IPv6 one (`::ffff:…`) is that IPv4 address. */
export function parseIp(text: string): Ip | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  const address = mapped ?? text;
  const version = isIP(address);
  // A zone (`fe80::1%eth0`) says which card, not which address.
  if (version === 0 || address.includes('%')) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6' };
}

export function compileCidr(text: string): BlockList | undefined {
  const [addressText = '', bitsText, ...more] = text.split('/');
  const ip = parseIp(addressText);
  if (ip === undefined || more.length > 0) return undefined;
  const range = new BlockList();
  if (bitsText === undefined) {
    range.addAddress(ip.address, ip.family);
    return range;
  }
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN;
  if (Number.isNaN(bits) || bits > (ip.family === 'ipv4' ? 32 : 128)) return undefined;
  range.addSubnet(ip.address, bits, ip.family);
  return range;
}

export function isInCidr(range: BlockList, ip: Ip): boolean {
  return range.check(ip.address, ip.family);
}
