package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Requests, results and snapshots come from disk or from another node: whatever they hold, nothing but a refusal follows. */
final class CommandCodecTest {

    @Test
    void everyCommandReadsBackAsItWasWritten() {
        long seed = seed();
        RandomCommands commands = new RandomCommands(seed);
        for (int i = 0; i < 4_000; i++) {
            TenantId tenant = commands.tenant();
            Actor actor = commands.actor(Directory.EMPTY, tenant);
            DirectoryCommand command = commands.of(i % RandomCommands.KINDS, tenant, 1_000, 5);
            DirectoryRequest read = DirectoryRequest.decode(DirectoryRequest.encode(actor, command));
            assertThat(read.actor()).isEqualTo(actor);
            assertThat(read.command())
                    .usingRecursiveComparison() // the arrays of an event
                    .isEqualTo(command);
        }
    }

    @Test
    void aRequestThatIsCutOrHasAChangedByteIsRefusedOrMeansSomethingElse() {
        long seed = seed();
        Random random = new Random(seed);
        RandomCommands commands = new RandomCommands(seed);
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = bytes(DirectoryRequest.encode(
                    Actor.operator(), commands.of(i % RandomCommands.KINDS, commands.tenant(), 1_000, 5)));
            byte[] damaged = damaged(bytes, random);
            try {
                DirectoryRequest.decode(ByteBuffer.wrap(damaged));
            } catch (MalformedException _) {
                refused++;
            }
        }
        // most damage shows, because the audit event has to agree with the command
        assertThat(refused).isGreaterThan(8_000);
    }

    @Test
    void damagedRequestsNeverBreakTheMachine() {
        long seed = seed();
        Random random = new Random(seed);
        RandomCommands commands = new RandomCommands(seed);
        DirectoryFixture fixture = new DirectoryFixture();
        fixture.tenant(0);
        for (int i = 0; i < 5_000; i++) {
            byte[] before = fixture.save();
            fixture.streams.body = ByteBuffer.wrap(damaged(
                    bytes(DirectoryRequest.encode(
                            Actor.operator(),
                            commands.of(i % RandomCommands.KINDS, DirectoryFixture.tenantId(0), 1_000, 5))),
                    random));
            try {
                fixture.machine.apply(
                        fixture.streams,
                        Request.of(DirectoryFixture.tenantId(0), Operation.DIRECTORY, fixture.streams.body));
            } catch (MalformedException _) {
                assertThat(fixture.save()).isEqualTo(before);
            }
        }
    }

    @Test
    void aDamagedSnapshotIsRefusedOrAnotherDirectory() {
        long seed = seed();
        Random random = new Random(seed);
        byte[] saved = populated(seed).save();
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            try {
                DirectoryFixture.load(damaged(saved, random));
            } catch (MalformedException _) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(500);
        for (int cut = 0; cut < saved.length; cut += 1 + saved.length / 2_000) {
            byte[] prefix = Arrays.copyOf(saved, cut);
            assertThatThrownBy(() -> DirectoryFixture.load(prefix)).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void anAuditEventThatTellsSomethingElseIsRefused() {
        DirectoryCommand command = new DirectoryCommand.DeleteLog(DirectoryFixture.logId(1));
        ByteBuffer honest = DirectoryRequest.encode(new Actor.OfKey(new KeyId(new UUID(1, 2))), command);
        ByteBuffer other = DirectoryRequest.encode(Actor.operator(), command);
        // the actor of the one with the command and the audit of the other
        byte[] forged = new BinaryWriter()
                .raw(slice(honest, 0, 18))
                .raw(slice(other, 2, other.remaining() - 2))
                .toByteArray();
        assertThatThrownBy(() -> DirectoryRequest.decode(ByteBuffer.wrap(forged)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("audit");
    }

    /**
     * Entries and snapshots of older releases are read for ever. When this fails because a form was changed, give the form a new
     * version and keep the old one readable; when it fails because {@link RandomCommands} was changed, take the new digests.
     */
    @Test
    void theFormsOnDiskAreWhatTheyWere() {
        RandomCommands commands = new RandomCommands(1);
        BinaryWriter requests = new BinaryWriter();
        for (int i = 0; i < 40 * RandomCommands.KINDS; i++) {
            TenantId tenant = commands.tenant();
            Actor actor = commands.actor(Directory.EMPTY, tenant);
            requests.raw(DirectoryRequest.encode(actor, commands.of(i % RandomCommands.KINDS, tenant, 1_000_000, 5)));
        }
        assertThat(ContentHash.of(requests.toByteArray()).hex())
                .isEqualTo("df00c7a382c7578bf4394195b7e8b63f8adea99d91deb92d9564da2dd02404b7");
        assertThat(ContentHash.of(populated(1).save()).hex())
                .isEqualTo("7a72faaaa20f574ec940de66c573b27badb3a72c6f36e29d59bf6e9fc6c29863");
    }

    @Test
    void aResultReadsBackAndRefusesDamage() {
        DirectoryResult result = new DirectoryResult(7, 8, 9);
        assertThat(DirectoryResult.decode(result.encode())).isEqualTo(result);
        byte[] bytes = bytes(result.encode());
        for (int cut = 0; cut < bytes.length; cut++) {
            byte[] prefix = Arrays.copyOf(bytes, cut);
            assertThatThrownBy(() -> DirectoryResult.decode(ByteBuffer.wrap(prefix)))
                    .isInstanceOf(MalformedException.class);
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> DirectoryResult.decode(ByteBuffer.wrap(longer)))
                .isInstanceOf(MalformedException.class);
    }

    /** A directory with something of everything in it. */
    private static DirectoryFixture populated(long seed) {
        RandomCommands commands = new RandomCommands(seed);
        DirectoryFixture fixture = new DirectoryFixture();
        fixture.tenant(0);
        fixture.tenant(1);
        for (int i = 0; i < 400; i++) {
            TenantId tenant = DirectoryFixture.tenantId(i % 2);
            fixture.upload(tenant, 1);
            DirectoryCommand command = commands.next(fixture.directory(), tenant, fixture.streams.nowNs, 9);
            if (!(command instanceof DirectoryCommand.DeleteTenant)) {
                fixture.run(tenant, Actor.operator(), command);
            }
        }
        return fixture;
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        byte[] damaged = bytes.clone();
        switch (random.nextInt(4)) {
            case 0 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            case 1 -> damaged = Arrays.copyOf(damaged, damaged.length + 1 + random.nextInt(9));
            case 2 -> {
                ByteBuffer at = ByteBuffer.wrap(damaged);
                int extreme = new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0}[random.nextInt(4)];
                at.putInt(random.nextInt(damaged.length - 3), extreme);
            }
            default -> {
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return damaged;
    }

    private static byte[] slice(ByteBuffer bytes, int offset, int length) {
        return new BinaryReader(bytes.slice(offset, length)).raw(length);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        return new BinaryReader(buffer).raw(buffer.remaining());
    }

    private static long seed() {
        long seed = Long.getLong("thalweg.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        return seed;
    }
}
