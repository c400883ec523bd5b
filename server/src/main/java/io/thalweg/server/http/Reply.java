package io.thalweg.server.http;

import io.thalweg.server.config.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * The answer to a request: whole at once, or written as it is made. A reader that takes nothing of it for as long as {@link Patience} says is cut
 * off; what waits for it in memory is one write. Belongs to the thread that handles the call.
 */
final class Reply {
    /** Most bytes of one write, so that patience is about bytes and not about replies. */
    private static final int SLICE_BYTES = 64 << 10;

    /** How often, in the time that a reader has, it is looked whether there is room for it. */
    private static final int LOOKS = 6;

    /** What is taken at once of another node's answer. */
    private static final int RELAYED_BYTES = 32 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Response response;
    private final Body body;
    private final EndPoint socket;

    /** How long a write may wait for a reader. */
    private final Duration patience;

    private final boolean head;
    private final boolean http1;
    private boolean begun;

    Reply(Request request, Response response, Body body, Patience patience) {
        this.response = response;
        this.body = body;
        this.socket = socket(request.getConnectionMetaData().getConnection().getEndPoint());
        this.patience = patience.reader();
        this.head = request.getMethod().equals("HEAD");
        this.http1 = request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2;
    }

    /** What is below TLS. */
    private static EndPoint socket(EndPoint visible) {
        return visible instanceof EndPoint.Wrapper wrapper ? socket(wrapper.unwrap()) : visible;
    }

    /** Adds a header; one of the same name that was there before gives way. */
    void header(String name, String value) {
        response.getHeaders().put(name, value);
    }

    void header(HttpField field) {
        response.getHeaders().put(field);
    }

    int status() {
        return response.getStatus();
    }

    /** Whether the answer has begun, so that it cannot become another one. */
    boolean begun() {
        return begun;
    }

    private void begin(int status) {
        begun = true;
        response.setStatus(status);
        if (http1 && !body.mayGoOn()) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
    }

    void send(int status, String mediaType, byte[] content) {
        begin(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, mediaType);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
        int at = 0;
        while (!head && content.length - at > SLICE_BYTES) {
            write(false, ByteBuffer.wrap(content, at, SLICE_BYTES));
            at += SLICE_BYTES;
        }
        write(true, head ? NOTHING : ByteBuffer.wrap(content, at, content.length - at));
    }

    /** An answer without a body. */
    void sendNothing(int status) {
        begin(status);
        write(true, NOTHING);
    }

    /**
     * Lets {@code writer} write the body; the answer is whole when it returns, and breaks off when it throws. For {@code HEAD} there
     * is nothing to write.
     */
    void stream(int status, String mediaType, Call.Writer writer) throws Exception {
        begin(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, mediaType);
        if (!head) {
            writer.write(new Sink());
        }
        write(true, NOTHING);
    }

    /**
     * Answers what another node answered, as it comes; the answer breaks off when that does.
     *
     * @param sent its headers
     */
    void relay(int status, HttpFields sent, InputStream content) {
        sent.forEach(response.getHeaders()::put);
        begin(status);
        if (!head) {
            byte[] slice = new byte[RELAYED_BYTES];
            for (int count = next(content, slice); count >= 0; count = next(content, slice)) {
                write(false, ByteBuffer.wrap(slice, 0, count));
            }
        }
        write(true, NOTHING);
    }

    private static int next(InputStream content, byte[] slice) {
        try {
            return content.read(slice);
        } catch (IOException e) {
            throw new BrokenOff("the node that answers broke off", e);
        }
    }

    private void write(boolean last, ByteBuffer bytes) {
        Done done = new Done();
        response.write(last, bytes, done);
        try {
            for (int look = 0; look < LOOKS; look++) {
                if (done.within(patience.dividedBy(LOOKS))) {
                    return;
                }
                writeWhatFits();
            }
            throw new BrokenOff("the reader took nothing for " + patience.toSeconds() + " s");
        } catch (IOException e) {
            throw new BrokenOff("the client went away before it had its answer", e);
        }
    }

    /**
     * Takes up what is being written, as if the system had said that there is room. Linux says so only when a third of a buffer of
     * megabytes was taken, which a slow reader needs minutes for.
     */
    private void writeWhatFits() {
        if (socket instanceof AbstractEndPoint waiting) {
            waiting.getWriteFlusher().completeWrite();
        }
    }

    /** Writes through: what was written has left the node's memory when a call returns. */
    private final class Sink extends OutputStream {
        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            for (int at = 0; at < length; at += SLICE_BYTES) {
                Reply.this.write(false, ByteBuffer.wrap(bytes, offset + at, Math.min(SLICE_BYTES, length - at)));
            }
        }
    }
}
