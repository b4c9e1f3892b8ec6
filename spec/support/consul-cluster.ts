import { ConsulServer } from './consul-server.js';
import { TcpProxy } from './proxy.js';

/** Where agents look for the server. It listens on 127.0.0.1; between the two is the network. */
const advertised = '127.0.0.2';

/** A real Consul server, and agents that reach it over a network that can be cut. */
export class ConsulCluster {
  readonly server: ConsulServer;
  /** Between the agents and the server. Gossip goes past it, so nobody is taken for dead. */
  readonly network: TcpProxy;
  readonly #agents: ConsulServer[] = [];

  private constructor(server: ConsulServer, network: TcpProxy) {
    this.server = server;
    this.network = network;
  }

  static async start(): Promise<ConsulCluster> {
    const server = await ConsulServer.start({ advertised });
    return new ConsulCluster(server, await TcpProxy.startAt(advertised, server.rpcPort));
  }

  /** One more agent; resolves when it serves requests. */
  async agent(): Promise<ConsulServer> {
    const agent = await ConsulServer.start({ agentOf: this.server });
    this.#agents.push(agent);
    return agent;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#agents, this.server].map((each) => each.stop()));
    this.network.stop();
  }
}
