package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.peering.Beat;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.memo.slab.Objects;
import io.thalweg.memo.slab.Slab;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.TenantId;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.SlabSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A slab of a build that knows version 1 of the link alone, played byte by byte, and one of this build. */
class OlderSlabTest {
    private static final TenantId TENANT = new TenantId(UUID.randomUUID());

    /** The frames that a connection brings. */
    private static final class Frames implements WebSocket.Listener {
        final BlockingQueue<byte[]> came = new LinkedBlockingQueue<>();
        private BinaryWriter part = new BinaryWriter(256);

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            part.raw(bytes);
            if (last) {
                came.add(part.toByteArray());
                part = new BinaryWriter(256);
            }
            socket.request(1);
            return null;
        }

        byte[] next() throws InterruptedException {
            byte[] frame = came.poll(60, TimeUnit.SECONDS);
            assertThat(frame).as("a frame in time").isNotNull();
            return java.util.Objects.requireNonNull(frame);
        }

        /** The first message of the peering protocol that is of this kind; {@code all} gets those before. */
        Message message(Predicate<Message> wanted, List<Integer> types) throws InterruptedException {
            while (true) {
                byte[] frame = next();
                if (frame[0] == 1) {
                    byte[] message = java.util.Arrays.copyOfRange(frame, 1, frame.length);
                    types.add((int) message[5]);
                    Message read = MessageCodec.decode(message);
                    if (wanted.test(read)) {
                        return read;
                    }
                }
            }
        }
    }

    private static byte[] hello(UUID slab, byte[] nonce) {
        return new BinaryWriter(64)
                .i32(0x48535754)
                .u8(1)
                .u8(1)
                .rfcUuid(slab)
                .raw(nonce)
                .toByteArray();
    }

    private static byte[] proof(byte[] mine, byte[] theirs) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("thalweg".getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
        mac.update("thalweg-slab-link".getBytes(StandardCharsets.US_ASCII));
        mac.update((byte) 1);
        mac.update(mine);
        mac.update(theirs);
        return new BinaryWriter(64).i32(0x50535754).raw(mac.doFinal()).toByteArray();
    }

    private static void say(WebSocket socket, Message message) throws Exception {
        byte[] bytes = MessageCodec.encode(message);
        socket.sendBinary(ByteBuffer.wrap(new BinaryWriter(64).u8(1).raw(bytes).toByteArray()), true)
                .get(60, TimeUnit.SECONDS);
    }

    @Test
    void aSlabOfAnOlderBuildTalksToANewerOneWhichSaysNothingThatItDoesNotKnow(@TempDir Path data) throws Exception {
        NodeOptions options = NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withSlab(SlabSettings.DEFAULT.beating(1).in("global/new"));
        Frames frames = new Frames();
        UUID old = UUID.randomUUID();
        try (SlabNode newer = SlabNode.start(options);
                HttpClient http = HttpClient.newHttpClient()) {
            MemoId gone = dropped(newer);
            WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(URI.create("ws" + newer.url().substring(4) + "/slab/peering"), frames)
                    .get(60, TimeUnit.SECONDS);
            byte[] theirs = frames.next();
            BinaryReader greeting = new BinaryReader(theirs);
            assertThat(greeting.i32()).isEqualTo(0x48535754);
            assertThat(greeting.u8()).as("the oldest version that it speaks").isEqualTo(1);
            assertThat(greeting.u8()).as("the newest").isEqualTo(3);
            byte[] mine = hello(old, new byte[32]);
            socket.sendBinary(ByteBuffer.wrap(mine), true).get(60, TimeUnit.SECONDS);
            socket.sendBinary(ByteBuffer.wrap(proof(mine, theirs)), true).get(60, TimeUnit.SECONDS);
            var _ = frames.next();
            Beat beat = new Beat(old, 1, 1, 3600, "global/old", "", 1 << 30, false, true, 0, List.of(), List.of());
            say(socket, new Message.Beating(MemoCodec.encode(beat.memo())));
            List<Integer> types = new ArrayList<>();
            var _ = frames.message(message -> message instanceof Message.Beating, types);
            say(socket, new Message.Want(List.of(gone)));
            Message answer = frames.message(
                    message -> message instanceof Message.Absent || message instanceof Message.Dropped, types);
            assertThat(answer).as("what was dropped").isEqualTo(new Message.Absent(List.of(gone)));
            Memo theirTopic = new Memo(
                    TENANT,
                    Kind.TOPIC,
                    null,
                    null,
                    List.of(),
                    List.of(),
                    new BinaryWriter(16).text("dogs").toByteArray());
            say(socket, new Message.Memos(List.of(new Message.Sent(MemoCodec.encode(theirTopic), null))));
            var _ = frames.message(
                    message ->
                            message instanceof Message.Have have && have.ids().contains(theirTopic.id()),
                    types);
            assertThat(types).as("what version 1 knows").allMatch(type -> type >= 1 && type <= 11);
            assertThat(newer.slab().<@Nullable Memo>ask((_, own) -> own.read(theirTopic.id())))
                    .isEqualTo(theirTopic);
            socket.abort();
        }
    }

    /** A memo that a slab dropped for good: its topic asks for less than what one slab has. */
    private static MemoId dropped(SlabNode slab) throws Exception {
        MemoId object = slab.slab().<MemoId>ask(OlderSlabTest::write);
        for (int i = 0; i < 600; i++) {
            if (slab.slab().<Objects.@Nullable Skeleton>ask((objects, _) -> objects.dropped(object)) != null) {
                return object;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("nothing was dropped");
    }

    private static MemoId write(Objects objects, Slab own) throws java.io.IOException {
        var _ = objects.topic(TENANT, "cats", TopicFeedsTest.dropping(4), UUID.randomUUID());
        MemoId object = objects.create(TENANT, Objects.topicId(TENANT, "cats"), Edit.of(UUID.randomUUID(), List.of()))
                .id();
        for (int i = 0; i < 700; i++) {
            if (objects.find(object) instanceof Objects.Found.Here here) {
                var _ = objects.edit(
                        here.history(),
                        Edit.of(UUID.randomUUID(), List.of(new Change.SetLast("name", new Value.Text("n" + i)))));
            }
        }
        assertThat(own.serves(TENANT)).isTrue();
        return object;
    }
}
