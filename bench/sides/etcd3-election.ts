import { Etcd3 } from 'etcd3';
import { httpUrl } from './raw-client.js';
import type { Side, SideOptions } from './side.js';

/** `election()` of the npm client, with its own defaults. It grants a lease for each campaign. */
export function etcd3Election({ url, ttl }: SideOptions): Side {
  const client = new Etcd3({ hosts: httpUrl(url) });
  const election = (key: string) => client.election(key, ttl / 1_000);
  return {
    warm: async () => {
      await client.get('warm').exec();
    },
    campaign: (key, id, elected) => {
      const candidacy = election(key).campaign(id);
      candidacy.on('elected', elected);
      candidacy.on('error', () => undefined);
      return { leave: () => candidacy.resign() };
    },
    follow: async (key, seen) => {
      const observer = await election(key).observe();
      seen(observer.leader());
      observer.on('change', seen);
      return { end: () => void observer.cancel().catch(() => undefined) };
    },
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}
