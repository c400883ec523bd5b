package io.thalweg.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** A node that answers the appends of sessions as a script says, and stores nothing. */
final class ScriptedSessions implements AutoCloseable {
    /** What the node does about an append. */
    sealed interface Answer {}

    /** Ends the connection with a status. */
    record Close(int status, String reason) implements Answer {
        Close(int status) {
            this(status, "");
        }
    }

    /** Refuses the append. */
    record Refuse(String code) implements Answer {}

    /** Says that its only event is stored. */
    record Store() implements Answer {}

    private final ServerSocket server;
    private final IntFunction<Answer> script;
    private final int handshake;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    /**
     * @param handshake the status of the answer to the handshake, 101 to take it
     * @param script the answer to the append that comes as the first, second, …
     */
    ScriptedSessions(int handshake, IntFunction<Answer> script) throws IOException {
        this.handshake = handshake;
        this.script = script;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** How many appends have come. */
    int asked() {
        return asked.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            String key = "";
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                if (line.regionMatches(true, 0, "Sec-WebSocket-Key:", 0, 18)) {
                    key = line.substring(18).trim();
                }
            }
            if (handshake != 101) {
                out.write(utf8("HTTP/1.1 " + handshake + " no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
                return;
            }
            byte[] accept =
                    MessageDigest.getInstance("SHA-1").digest(utf8(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
            out.write(utf8("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(accept) + "\r\n\r\n"));
            while (true) {
                ByteBuffer message = ByteBuffer.wrap(message(in)).order(ByteOrder.LITTLE_ENDIAN);
                long number = message.getLong(1);
                int count = asked.incrementAndGet();
                switch (script.apply(count)) {
                    case Close close -> {
                        byte[] reason = utf8(close.reason);
                        out.write(new byte[] {
                            (byte) 0x88, (byte) (2 + reason.length), (byte) (close.status >> 8), (byte) close.status
                        });
                        out.write(reason);
                        in.readAllBytes();
                        return;
                    }
                    case Refuse refuse -> out.write(refused(number, utf8(refuse.code)));
                    case Store _ -> out.write(stored(number));
                }
            }
        } catch (IOException | GeneralSecurityException e) {
            // The client went.
        }
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.readByte(); c != '\n'; c = in.readByte()) {
            line.append((char) c);
        }
        return line.toString().trim();
    }

    /** A message of one frame, which a client masks. */
    private static byte[] message(DataInputStream in) throws IOException {
        if (in.readUnsignedByte() != 0x82) {
            throw new IOException("no whole binary message");
        }
        int length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        }
        byte[] mask = in.readNBytes(4);
        byte[] message = in.readNBytes(length);
        for (int i = 0; i < message.length; i++) {
            message[i] ^= mask[i % 4];
        }
        return message;
    }

    private static ByteBuffer frame(int bytes) {
        return ByteBuffer.allocate(2 + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x82)
                .put((byte) bytes);
    }

    private static byte[] refused(long number, byte[] code) {
        return frame(17 + code.length)
                .put((byte) 3)
                .putLong(number)
                .putInt(code.length)
                .put(code)
                .putInt(0)
                .array();
    }

    private static byte[] stored(long number) {
        return frame(24)
                .put((byte) 2)
                .putLong(number)
                .put((byte) 0)
                .putShort((short) 1)
                .putInt(0)
                .putLong(1)
                .array();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
