package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.model.Checksum;
import io.thalweg.model.TenantId;
import io.thalweg.ports.disk.Aside;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.MemoryDisk;
import io.thalweg.ports.disk.TrialDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Packs on a disk that loses what was not forced, and on one that rots. */
final class MemoStoreTest {
    private static final Path HOME = Path.of("slab");
    private static final TenantId TENANT = new TenantId(new UUID(0, 1));
    private static final MemoId TOPIC = TopicModel.genesis(TENANT, "cats").id();

    private static Memo memo(SplittableRandom random) {
        byte[] body = new byte[random.nextInt(400)];
        random.nextBytes(body);
        return new Memo(TENANT, Kind.CREATE, TOPIC, null, List.of(), List.of(), body);
    }

    private static StoredMemo found(MemoStore store, MemoId id) {
        return Objects.requireNonNull(store.find(id));
    }

    private static void put(MemoStore store, Memo memo) throws IOException {
        store.put(memo, MemoCodec.encode(memo), null);
    }

    @Test
    void whatWasForcedSurvivesEveryCrashAndWhatWasNotIsThereWholeOrNotAtAll() throws IOException {
        for (long seed = 0; seed < 150; seed++) {
            var random = new SplittableRandom(seed);
            MemoryDisk disk = new MemoryDisk();
            Set<MemoId> forced = new HashSet<>();
            Set<MemoId> written = new HashSet<>();
            Set<MemoId> released = new HashSet<>();
            for (int life = 0; life < 5; life++) {
                MemoStore store = MemoStore.open(disk, HOME, 2048);
                assertThat(store.rottenBytes()).as("seed %d", seed).isZero();
                for (MemoId id : forced) {
                    assertThat(store.find(id))
                            .as("seed %d: memo %s", seed, id.brief())
                            .isNotNull();
                    StoredMemo stored = found(store, id);
                    if (!released.contains(id)) {
                        assertThat(store.read(stored).memo().id()).isEqualTo(id);
                    }
                }
                store.all().forEach(each -> assertThat(written).contains(each.id));
                for (int i = random.nextInt(40); i > 0; i--) {
                    Memo memo = memo(random);
                    put(store, memo);
                    written.add(memo.id());
                    if (random.nextInt(6) == 0) {
                        StoredMemo stored = found(store, memo.id());
                        released.add(memo.id());
                        store.release(stored, memo, false);
                    }
                    if (random.nextInt(5) == 0) {
                        store.sync();
                        forced.addAll(written);
                        forced.removeIf(id -> store.find(id) == null);
                    }
                    if (random.nextInt(10) == 0) {
                        store.compact();
                    }
                }
                written.removeIf(id -> store.find(id) == null);
                disk.crash(random);
                MemoStore found = MemoStore.open(disk.copy(), HOME, 2048);
                written.removeIf(id -> found.find(id) == null);
            }
        }
    }

    @Test
    void aTornTailIsKeptAsideBeforeItIsCutAndAnOpeningThatRefusesCutsNothing() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        var random = new SplittableRandom(6);
        MemoStore store = MemoStore.open(disk, HOME, 4096);
        put(store, memo(random));
        store.sync();
        Path pack = store.all().getFirst().pack.path();
        byte[] torn = {1, 2, 3, 4, 5, 6, 7};
        byte[] whole = disk.bytes(pack);
        byte[] longer = Arrays.copyOf(whole, whole.length + torn.length);
        System.arraycopy(torn, 0, longer, whole.length, torn.length);
        disk.put(pack, longer);
        Path asideFolder = Path.of("aside");
        SlabIdentity.open(disk, HOME, () -> new UUID(1, 2));
        byte[] identity = disk.bytes(HOME.resolve("SLAB"));
        disk.put(HOME.resolve("SLAB"), new byte[] {1});
        TrialDisk refusing = new TrialDisk(disk, new Aside(disk, asideFolder, _ -> false));
        assertThatThrownBy(() -> open(refusing)).isInstanceOf(CorruptionException.class);
        assertThat(disk.bytes(pack)).isEqualTo(longer);
        disk.put(HOME.resolve("SLAB"), identity);
        open(new TrialDisk(disk, new Aside(disk, asideFolder, _ -> false)));
        assertThat(disk.bytes(pack)).isEqualTo(whole);
        assertThat(disk.list(asideFolder))
                .as("what was cut")
                .satisfiesExactly(kept -> assertThat(disk.bytes(kept)).isEqualTo(torn));
    }

    private static void open(TrialDisk disk) throws IOException {
        Slab.open(disk, HOME, SlabOptions.DEFAULT, new SlabWorld(1).clock(), (_, _) -> false, () -> new UUID(1, 2));
    }

    @Test
    void aPackOfTheFormThatWasGivenUpIsNotReadAsAnotherAndSaysWhatToDo() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoStore store = MemoStore.open(disk, HOME, 4096);
        put(store, memo(new SplittableRandom(7)));
        store.sync();
        Path pack = store.all().getFirst().pack.path();
        byte[] bytes = disk.bytes(pack);
        bytes[8] = 1;
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(4, new Checksum().of(bytes, 8, 12));
        disk.put(pack, bytes);
        assertThatThrownBy(() -> MemoStore.open(disk, HOME, 4096))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("pack of version 1, this build knows 2")
                .hasMessageContaining("move the slab's folder away");
    }

    @Test
    void rotIsSkippedAndTheRestIsThere() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        var random = new SplittableRandom(2);
        MemoStore store = MemoStore.open(disk, HOME, 4096);
        List<Memo> memos = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            memos.add(memo(random));
            put(store, memos.getLast());
        }
        store.sync();
        StoredMemo victim = found(store, memos.get(5).id());
        Path file = victim.pack.path();
        byte[] bytes = disk.bytes(file);
        bytes[(int) victim.offset + victim.length / 2] ^= 1;
        disk.put(file, bytes);
        MemoStore again = MemoStore.open(disk, HOME, 4096);
        assertThat(again.rottenBytes()).isPositive();
        assertThat(again.find(victim.id)).isNull();
        assertThat(again.all()).hasSize(99);
        assertThat(again.arrivals())
                .as("numbers that were used are never used again")
                .isGreaterThan(100);
    }

    @Test
    void scrubbingFindsRotThatNobodyRead() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        var random = new SplittableRandom(3);
        MemoStore store = MemoStore.open(disk, HOME, 1 << 20);
        for (int i = 0; i < 50; i++) {
            put(store, memo(random));
        }
        store.sync();
        assertThat(store.scrub(1 << 20)).isEmpty();
        StoredMemo victim = store.all().get(20);
        byte[] bytes = disk.bytes(victim.pack.path());
        bytes[(int) victim.offset + victim.length - 1] ^= 1;
        try (var target = disk.open(victim.pack.path())) {
            target.write(0, ByteBuffer.wrap(bytes));
        }
        assertThat(store.scrub(1 << 20)).containsExactly(victim);
        assertThatThrownBy(() -> store.read(victim))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("another hash than its id");
    }

    @Test
    void whatIsLetGoGivesItsSpaceBackAndStaysKnown() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        var random = new SplittableRandom(4);
        MemoStore store = MemoStore.open(disk, HOME, 4096);
        List<Memo> memos = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            memos.add(memo(random));
            put(store, memos.getLast());
        }
        for (Memo memo : memos.subList(0, 150)) {
            StoredMemo stored = found(store, memo.id());
            store.release(stored, memo, false);
        }
        long before = store.diskBytes();
        while (store.compact()) {
            assertThat(store.find(memos.getFirst().id())).isNotNull();
        }
        assertThat(store.diskBytes()).isLessThan(before);
        MemoStore again = MemoStore.open(disk, HOME, 4096);
        assertThat(again.all()).hasSize(200);
        assertThat(again.digests()).isEqualTo(store.digests());
        assertThat(again.holds(memos.get(10).id())).isFalse();
        assertThat(again.read(found(again, memos.get(180).id())).memo()).isEqualTo(memos.get(180));
    }

    @Test
    void anAuthorIsTheSameAfterARestartAndVouchesForWhatIsWrittenAndNotForKeyframes() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        SlabAuthor author = SlabAuthor.open(disk, HOME);
        Memo memo = memo(new SplittableRandom(8));
        assertThat(SlabAuthor.open(disk, HOME).sign(memo.id())).isEqualTo(author.sign(memo.id()));
        Slab slab = Slab.open(
                disk, HOME, SlabOptions.DEFAULT, new SlabWorld(1).clock(), (_, _) -> false, () -> new UUID(1, 2));
        slab.signWith(author);
        Memo begun = TopicModel.genesis(TENANT, "dogs");
        slab.write(begun, null);
        slab.flush();
        assertThat(Objects.requireNonNull(slab.authorship(begun.id())).vouchesFor(begun.id()))
                .isTrue();
        Memo keyframe =
                new Memo(TENANT, Kind.KEYFRAME, TOPIC, begun.id(), List.of(begun.id()), List.of(), new byte[] {1});
        slab.write(keyframe, null);
        assertThat(slab.authorship(keyframe.id())).isNull();
        byte[] bytes = disk.bytes(HOME.resolve("AUTHOR"));
        bytes[20] ^= 1;
        disk.put(HOME.resolve("AUTHOR"), bytes);
        assertThatThrownBy(() -> SlabAuthor.open(disk, HOME))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("signs with another key");
    }

    @Test
    void aMemoWhoseBytesAreThereWinsOverWhatWasSaidOfIt() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoStore store = MemoStore.open(disk, HOME, 2048);
        Memo genesis = new Memo(TENANT, Kind.CREATE, TOPIC, null, List.of(), List.of(), edit(1));
        Memo one = edit(genesis, 2, genesis.id());
        Memo two = edit(genesis, 3, one.id());
        put(store, genesis);
        put(store, one);
        // Somebody said of the third that it followed the first alone.
        Memo said = new Memo(TENANT, Kind.EDIT, TOPIC, genesis.id(), List.of(genesis.id()), List.of(), new byte[0]);
        store.putDropped(two.id(), said, MemoCodec.encode(said));
        Lineages lineage = Objects.requireNonNull(store.object(genesis.id()));
        assertThat(lineage.head.memos()).hasSize(2);
        put(store, two);
        assertThat(found(store, two.id()).held).isTrue();
        assertThat(found(store, two.id()).dropped).isFalse();
        assertThat(lineage.head).isEqualTo(Head.of(two.id()));
        store.sync();
        MemoStore again = MemoStore.open(disk, HOME, 2048);
        assertThat(again.read(found(again, two.id())).memo()).isEqualTo(two);
        assertThat(Objects.requireNonNull(again.object(genesis.id())).head).isEqualTo(Head.of(two.id()));
    }

    @Test
    void whatALostMemoFollowedIsNoHeadOnceItIsBack() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoStore store = MemoStore.open(disk, HOME, 2048);
        Memo genesis = new Memo(TENANT, Kind.CREATE, TOPIC, null, List.of(), List.of(), edit(1));
        Memo one = edit(genesis, 2, genesis.id());
        Memo two = edit(genesis, 3, one.id());
        for (Memo memo : List.of(genesis, one, two)) {
            put(store, memo);
            store.sync();
        }
        StoredMemo victim = found(store, one.id());
        byte[] bytes = disk.bytes(victim.pack.path());
        bytes[(int) victim.offset + victim.length - 1] ^= 1;
        disk.put(victim.pack.path(), bytes);
        MemoStore again = MemoStore.open(disk, HOME, 2048);
        Lineages lineage = Objects.requireNonNull(again.object(genesis.id()));
        assertThat(lineage.gaps).containsExactly(one.id());
        put(again, one);
        assertThat(lineage.gaps).isEmpty();
        assertThat(lineage.head).isEqualTo(Head.of(two.id()));
        again.sync();
        assertThat(Objects.requireNonNull(MemoStore.open(disk, HOME, 2048).object(genesis.id())).head)
                .isEqualTo(Head.of(two.id()));
        // The same while the store is open, and what was said wrongly of another is put right meanwhile.
        Memo three = edit(genesis, 4, two.id());
        Memo said = new Memo(TENANT, Kind.EDIT, TOPIC, genesis.id(), List.of(genesis.id()), List.of(), new byte[0]);
        again.putDropped(three.id(), said, MemoCodec.encode(said));
        StoredMemo lost = found(again, one.id());
        again.rotten(lost);
        put(again, three);
        assertThat(lineage.head.memos()).as("never too few").contains(three.id());
        put(again, one);
        assertThat(lineage.head).isEqualTo(Head.of(three.id()));
    }

    @Test
    void aDroppedMemoThatComesBackAsItWasBelievedToBeHasNoOtherReadAnew() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoStore store = MemoStore.open(disk, HOME, 1 << 20);
        Memo genesis = new Memo(TENANT, Kind.CREATE, TOPIC, null, List.of(), List.of(), edit(1));
        List<Memo> all = new ArrayList<>(List.of(genesis));
        for (int i = 0; i < 60; i++) {
            all.add(edit(genesis, i + 2, all.getLast().id()));
        }
        for (Memo memo : all) {
            put(store, memo);
        }
        for (Memo memo : all) {
            store.release(found(store, memo.id()), memo, true);
        }
        long before = disk.reads();
        put(store, all.get(30));
        assertThat(disk.reads() - before).as("reads").isLessThanOrEqualTo(2);
        assertThat(Objects.requireNonNull(store.object(genesis.id())).head)
                .isEqualTo(Head.of(all.getLast().id()));
    }

    @Test
    void ofADroppedMemoItsPrecursorsAndWhatItAddedStayThroughCompactionAndStarts() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        MemoStore store = MemoStore.open(disk, HOME, 2048);
        Memo genesis = new Memo(TENANT, Kind.CREATE, TOPIC, null, List.of(), List.of(), edit(1));
        put(store, genesis);
        List<Memo> all = new ArrayList<>(List.of(genesis));
        for (int i = 0; i < 60; i++) {
            Memo next = edit(genesis, i + 2, all.getLast().id());
            put(store, next);
            all.add(next);
        }
        for (Memo memo : all) {
            store.release(found(store, memo.id()), memo, true);
        }
        store.sync();
        while (store.compact()) {
            assertThat(store.diskBytes()).isPositive();
        }
        MemoStore again = MemoStore.open(disk, HOME, 2048);
        for (Memo memo : all) {
            Memo known = Objects.requireNonNull(again.known(found(again, memo.id())));
            assertThat(known.precursors()).isEqualTo(memo.precursors());
            assertThat(Edit.additions(known.body()))
                    .isEqualTo(Edit.decode(memo.body()).additions())
                    .isNotEmpty();
            assertThat(found(again, memo.id()).dropped).isTrue();
        }
    }

    private static byte[] edit(int number) {
        return Edit.of(
                        new UUID(3, number),
                        List.of(new Change.Add("n", number), new Change.SetLast("name", new Value.Whole(number))))
                .encode();
    }

    private static Memo edit(Memo object, int number, MemoId after) {
        return new Memo(TENANT, Kind.EDIT, TOPIC, object.id(), List.of(after), List.of(), edit(number));
    }

    @Test
    void aDamagedIdentityIsSaidAndNotTakenForANewOne() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        SlabIdentity first = SlabIdentity.open(disk, HOME, () -> new UUID(1, 2));
        assertThat(SlabIdentity.open(disk, HOME, () -> new UUID(3, 4)))
                .isEqualTo(new SlabIdentity(first.id(), first.starts() + 1));
        byte[] bytes = disk.bytes(HOME.resolve("SLAB"));
        bytes[12] ^= 1;
        disk.put(HOME.resolve("SLAB"), bytes);
        assertThatThrownBy(() -> SlabIdentity.open(disk, HOME, () -> new UUID(3, 4)))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("begins as somebody else");
    }
}
