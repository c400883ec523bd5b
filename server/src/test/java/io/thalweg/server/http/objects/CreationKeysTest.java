package io.thalweg.server.http.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.MemoId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Keys of objects are recognised, and no tenant's are forgotten for those of another who has more. */
final class CreationKeysTest {
    private static final TenantId QUIET = new TenantId(new UUID(0, 1));
    private static final TenantId LOUD = new TenantId(new UUID(0, 2));
    private static final MemoId TOPIC = new MemoId(1, 2, 3, 4);
    private static final byte[] ONE = {1};
    private static final byte[] OTHER = {2};

    private final CreationKeys keys = new CreationKeys();

    private static UUID key(int number) {
        return new UUID(1, number);
    }

    @Test
    void aTenantWithManyKeysForgetsItsOwn() {
        keys.made(QUIET, TOPIC, key(0), ONE);
        for (int i = 0; i < 2 * CreationKeys.MAX; i++) {
            keys.made(LOUD, TOPIC, key(i), ONE);
        }
        assertThatThrownBy(() -> keys.require(QUIET, TOPIC, key(0), OTHER)).isInstanceOf(ThalwegException.class);
        assertThatCode(() -> keys.require(QUIET, TOPIC, key(0), ONE)).doesNotThrowAnyException();
        assertThatCode(() -> keys.require(LOUD, TOPIC, key(0), OTHER))
                .as("long ago")
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> keys.require(LOUD, TOPIC, key(2 * CreationKeys.MAX - 1), OTHER))
                .isInstanceOf(ThalwegException.class);
    }

    /** As many tenants as there are keys, of which each has one: whoever comes next costs one of them his. */
    @Test
    void whereNobodyHasMoreThanOthersOneIsForgotten() {
        int tenants = CreationKeys.MAX + 500;
        for (int i = 0; i < tenants; i++) {
            keys.made(new TenantId(new UUID(1, i)), TOPIC, key(i), ONE);
        }
        int known = 0;
        for (int i = 0; i < tenants; i++) {
            TenantId tenant = new TenantId(new UUID(1, i));
            try {
                keys.require(tenant, TOPIC, key(i), OTHER);
            } catch (ThalwegException e) {
                known++;
            }
        }
        assertThat(known).isEqualTo(CreationKeys.MAX);
        keys.made(QUIET, TOPIC, key(0), ONE);
        keys.made(QUIET, TOPIC, key(0), ONE);
        keys.made(QUIET, TOPIC, key(1), ONE);
        assertThatCode(() -> keys.require(QUIET, TOPIC, key(0), OTHER))
                .as("of the one who had two")
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> keys.require(QUIET, TOPIC, key(1), OTHER)).isInstanceOf(ThalwegException.class);
    }
}
