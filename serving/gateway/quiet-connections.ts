import type {Server} from 'node:http';
import type {Socket} from 'node:net';

/**
 * Ends the connections of a closing server that have no request in work, now and as each finishes. node:http's own
 * closeIdleConnections leaves out those that never sent one, as clients open in advance, and a close would wait for them
 * until they time out. Call it before the server listens.
 */
export function quietConnections(server: Server): {readonly end: () => void} {
  /** Requests in work. */
  const open = new Map<Socket, number>();
  let ending = false;
  server.on('connection', (socket) => {
    if (ending) return void socket.destroy();
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({socket}, response) => {
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (open.get(socket) ?? 1) - 1;
      if (socket.destroyed) return;
      open.set(socket, left);
      if (ending && left === 0) socket.end();
    });
  });
  return {
    end() {
      ending = true;
      for (const [socket, requests] of open) if (requests === 0) socket.destroy();
    },
  };
}
