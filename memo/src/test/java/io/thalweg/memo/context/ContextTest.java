package io.thalweg.memo.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ContextTest {
    private static final TenantId TENANT = new TenantId(new UUID(0, 1));
    private final Map<MemoId, Memo> stored = new HashMap<>();

    private static MemoId id(long number) {
        return MemoCodec.hash(Long.toString(number).getBytes(StandardCharsets.US_ASCII));
    }

    private @Nullable Memo stored(MemoId id) {
        return stored.get(id);
    }

    private Context small(Context context) {
        if (!context.isLarge()) {
            return context;
        }
        Memo index = context.index(TENANT, this::stored);
        stored.put(index.id(), index);
        return Context.compacted(index);
    }

    @Test
    void aTokenStaysSmallHoweverMuchItsHolderKnows() {
        Context context = Context.EMPTY;
        var random = new SplittableRandom(1);
        Map<MemoId, Head> model = new HashMap<>();
        for (int i = 0; i < 3000; i++) {
            MemoId object = id(random.nextInt(1000));
            Head head = Head.of(List.of(id(random.nextLong()), id(random.nextLong())));
            model.put(object, head);
            context = small(Context.parse(context.with(object, head).token()));
            assertThat(context.token().length()).isLessThan(1600);
        }
        for (Map.Entry<MemoId, Head> each : model.entrySet()) {
            Context.Known known = context.of(each.getKey(), this::stored);
            assertThat(known.missing()).isEmpty();
            assertThat(known.heads()).contains(each.getValue());
        }
        assertThat(looks(context))
                .as("index memos under a token of a thousand objects")
                .isLessThan(40);
    }

    private int looks(Context context) {
        Set<MemoId> seen = new HashSet<>();
        context.of(id(-1), memo -> {
            seen.add(memo);
            return stored(memo);
        });
        return seen.size();
    }

    @Test
    void anIndexThatIsNotHereIsReportedById() {
        Context context = new Context(Map.of(), Set.of(id(7)));
        assertThat(context.of(id(1), this::stored).missing()).containsExactly(id(7));
    }

    @Test
    void equalKnowledgeMakesEqualIndexMemos() {
        Context one = Context.EMPTY.with(id(1), Head.of(id(2))).with(id(3), Head.of(id(4)));
        Context other = Context.EMPTY.with(id(3), Head.of(id(4))).with(id(1), Head.of(id(2)));
        assertThat(one.index(TENANT, this::stored)).isEqualTo(other.index(TENANT, this::stored));
        assertThat(one.token()).isEqualTo(other.token());
    }

    @Test
    void strangersTokensAreRefusedOrRead() {
        assertThatThrownBy(() -> Context.parse("!")).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Context.parse("")).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Context.parse("A".repeat(100_000))).hasMessageContaining("at most");
        var random = new SplittableRandom(3);
        String token = Context.EMPTY.with(id(1), Head.of(id(2))).token();
        for (int i = 0; i < 500; i++) {
            char[] damaged = token.toCharArray();
            damaged[random.nextInt(damaged.length)] = (char) ('A' + random.nextInt(26));
            try {
                assertThat(Context.parse(new String(damaged)).token()).isNotEmpty();
            } catch (MalformedException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }
}
