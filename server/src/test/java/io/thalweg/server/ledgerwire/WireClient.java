package io.thalweg.server.ledgerwire;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A client that speaks the protocol byte by byte, and can be made to speak it wrongly. One thread. */
final class WireClient implements AutoCloseable {
    static final int RELEASE_A = 16 << 8 | 30;
    static final int RELEASE_B = 16 << 8 | 66;
    static final int RELEASE_C = 17 << 8 | 9;

    private final Aegis128L checksum = new Aegis128L();
    private final Socket socket;
    private final long client;
    private final int release;
    long session;
    int number;

    WireClient(String address, long client, int release) throws IOException {
        this.client = client;
        this.release = release;
        int colon = address.lastIndexOf(':');
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
        socket.setSoTimeout(20_000);
    }

    static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A request as it goes over the wire. */
    ByteBuffer request(int operation, long itsSession, int itsNumber, ByteBuffer body) {
        ByteBuffer out = bytes(Header.BYTES + body.remaining());
        out.put(Header.BYTES, body, body.position(), body.remaining());
        out.putInt(Header.SIZE, out.capacity())
                .putInt(Header.RELEASE, release)
                .put(Header.COMMAND, (byte) Header.COMMAND_REQUEST)
                .putLong(Header.CLIENT, client)
                .putLong(Header.SESSION, itsSession)
                .putInt(Header.NUMBER, itsNumber)
                .put(Header.OPERATION, (byte) operation);
        Header.seal(out, checksum);
        return out;
    }

    /** A ping that names the session, if there is one. */
    ByteBuffer ping(long monotonic) {
        ByteBuffer out = bytes(Header.BYTES);
        out.putInt(Header.SIZE, out.capacity())
                .putInt(Header.RELEASE, release)
                .put(Header.COMMAND, (byte) Header.COMMAND_PING_CLIENT)
                .putLong(Header.PING_CLIENT, client)
                .putLong(Header.PING_MONOTONIC, monotonic)
                .putLong(Header.PING_SESSION, session);
        Header.seal(out, checksum);
        return out;
    }

    void send(ByteBuffer message) throws IOException {
        byte[] copy = new byte[message.capacity()];
        message.get(0, copy);
        socket.getOutputStream().write(copy);
        socket.getOutputStream().flush();
    }

    /** The next message; null when the other side closed the connection. */
    @Nullable
    ByteBuffer receive() throws IOException {
        byte[] header = new byte[Header.BYTES];
        try {
            if (socket.getInputStream().readNBytes(header, 0, header.length) < header.length) {
                return null;
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return null; // a reset is an end too
        }
        int size = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(Header.SIZE);
        ByteBuffer message = bytes(size).put(header);
        byte[] body = socket.getInputStream().readNBytes(size - Header.BYTES);
        if (body.length < size - Header.BYTES) {
            throw new EOFException("a reply ends too early");
        }
        message.put(body).flip();
        check(message);
        return message;
    }

    private void check(ByteBuffer message) throws IOException {
        ByteBuffer copy = bytes(message.capacity()).put(message.duplicate());
        Header.seal(copy, checksum);
        if (!copy.flip().equals(message)) {
            throw new IOException("the checksums of a message are wrong");
        }
    }

    ByteBuffer call(ByteBuffer message) throws IOException {
        send(message);
        ByteBuffer reply = receive();
        if (reply == null) {
            throw new EOFException("the connection was closed");
        }
        return reply;
    }

    ByteBuffer call(int operation, ByteBuffer body) throws IOException {
        return call(request(operation, session, ++number, body));
    }

    WireClient register() throws IOException {
        ByteBuffer reply = call(request(WireOperation.REGISTER, 0, 0, bytes(256)));
        session = reply.getLong(Header.REPLY_OP);
        return this;
    }

    void timeout(int ms) throws IOException {
        socket.setSoTimeout(ms);
    }

    /** Whether the other side closed the connection, without having sent anything. */
    boolean isClosed() throws IOException {
        return receive() == null;
    }

    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
