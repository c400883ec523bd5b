package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.machine.Credentials;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a slab at the edge lets callers in by. */
final class CredentialsTest {
    private static final SecretHash SECRET = SecretHash.ofSecret("tw_a key that somebody holds");

    private static Directory directory() {
        Draft draft = new Draft(Directory.EMPTY);
        Tenant tenant = Tenant.empty(
                new TenantId(new UUID(1, 2)),
                "acme",
                7,
                TenantLimits.DEFAULT,
                new ReservedLogs(
                        new io.thalweg.model.LogId(new UUID(3, 1)),
                        new io.thalweg.model.LogId(new UUID(3, 2)),
                        new io.thalweg.model.LogId(new UUID(3, 3))));
        draft.put(tenant);
        tenant = draft.put(
                tenant,
                new ApiKey(new KeyId(new UUID(4, 1)), "k", SECRET, null, 0, 3, Role.ADMIN, 90, true, null, null, 5));
        draft.put(
                tenant,
                new User(new UserId(new UUID(5, 1)), "a@b.example", new PasswordHash("$x$secret"), 1, Role.OWNER, 5));
        return draft.toDirectory(12);
    }

    @Test
    void aKeyOpensTheSameTenantElsewhereForAsLongAndForTheSame() {
        Directory elsewhere = Credentials.decode(Credentials.encode(directory()));
        assertThat(elsewhere.version()).isEqualTo(12);
        Directory.KeyOwner owner = elsewhere.keyBySecret(SECRET, 89).orElseThrow();
        assertThat(owner.tenant().name()).isEqualTo("acme");
        assertThat(owner.key())
                .isEqualTo(directory().keyBySecret(SECRET, 89).orElseThrow().key());
        assertThat(elsewhere.keyBySecret(SECRET, 91)).as("after it expired").isEmpty();
        assertThat(elsewhere.keyBySecret(SecretHash.ofSecret("another"), 1)).isEmpty();
        assertThat(Credentials.encode(elsewhere)).isEqualTo(Credentials.encode(directory()));
    }

    @Test
    void peopleAndTheirPasswordsStayAtHome() {
        assertThat(Credentials.decode(Credentials.encode(directory())).usersByEmail("a@b.example"))
                .isEmpty();
        assertThat(new String(Credentials.encode(directory()), java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("a@b.example")
                .doesNotContain("secret");
    }

    @Test
    void noDamagedFormEndsInAnythingButARefusal() {
        byte[] form = Credentials.encode(directory());
        for (long seed = 0; seed < 2000; seed++) {
            var random = new SplittableRandom(seed);
            byte[] damaged = Arrays.copyOf(form, random.nextInt(4) == 0 ? random.nextInt(form.length) : form.length);
            for (int i = random.nextInt(1, 4); i > 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                Credentials.decode(damaged);
            } catch (MalformedException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }
}
