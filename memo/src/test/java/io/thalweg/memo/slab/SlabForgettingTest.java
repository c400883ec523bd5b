package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Value;
import io.thalweg.model.TenantId;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A tenant that is no more goes from a slab's disk, although other slabs still have what is its, and offer it. */
final class SlabForgettingTest {
    private static final String SECRET = "the secret of who was deleted";
    private static final TenantId OTHER = new TenantId(new UUID(0, 8));

    private final SlabWorld world = new SlabWorld(5);

    private static boolean has(MemoryDisk disk) throws IOException {
        for (Path file : disk.files()) {
            try (Disk.DiskFile open = disk.open(file)) {
                ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(open.size()));
                int _ = open.read(0, all);
                if (new String(all.array(), StandardCharsets.ISO_8859_1).contains(SECRET)) {
                    return true;
                }
            }
        }
        return false;
    }

    private MemoId createOthers(SlabWorld.Node at, String name) throws IOException {
        Memo made = at.objects()
                .create(
                        OTHER,
                        Objects.topicId(OTHER, "cats"),
                        world.edit(new Change.SetLast("name", new Value.Text(name))));
        return made.id();
    }

    private void forget(SlabWorld.Node at) throws IOException {
        at.slab().flush();
        at.slab().forget(SlabWorld.TENANT);
        at.slab().close();
        at.start();
    }

    @Test
    void whatIsOfATenantThatIsNoMoreGoesAndDoesNotComeBack() throws IOException {
        world.slabs(2, options -> options);
        world.beats(2);
        SlabWorld.Node a = world.node(0);
        SlabWorld.Node b = world.node(1);
        MemoId others = createOthers(a, "Tom");
        MemoId gone = a.create(SECRET);
        for (int i = 0; i < 200; i++) {
            MemoId _ = a.create("cat " + i); // several packs
        }
        world.beats(2);
        assertThat(b.name(gone)).isEqualTo(SECRET);
        assertThat(has(a.disk)).isTrue();
        long arrivals = a.slab().store().arrivals();

        forget(a);
        assertThat(has(a.disk)).isFalse();
        assertThat(a.slab().store().arrivals()).as("no number is given twice").isGreaterThanOrEqualTo(arrivals);
        assertThat(a.slab().status().knownMemos()).as("only what is another's").isEqualTo(1);
        world.beats(8);
        assertThat(a.name(gone)).isNull();
        assertThat(has(a.disk)).as("nothing comes back").isFalse();
        assertThat(b.name(gone)).as("who was not told has it").isEqualTo(SECRET);

        assertThat(a.name(others)).isEqualTo("Tom");
        MemoId later = createOthers(a, "Tim");
        world.beats(2);
        assertThat(b.name(later)).isEqualTo("Tim");
        MemoId theirs = createOthers(b, "Tam");
        world.beats(2);
        assertThat(a.name(theirs)).isEqualTo("Tam");

        a.crash();
        a.start();
        assertThat(a.slab().serves(SlabWorld.TENANT)).as("for good").isFalse();
        assertThat(a.slab().serves(OTHER)).isTrue();
        forget(a);
        assertThat(a.name(others)).as("to be told twice is nothing").isEqualTo("Tom");
        forget(b);
        assertThat(has(b.disk)).isFalse();
        world.beats(4);
        assertThat(b.name(theirs)).isEqualTo("Tam");
    }
}
