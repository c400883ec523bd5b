package io.thalweg.cluster.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What our authority makes is read and believed by the JDK, whose code shares nothing with ours. */
class PeerAuthorityTest {
    private final Instant now = Instant.now();

    private static X509Certificate read(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void aNodesCertificateNamesItsAddressesAndIsBelievedByWhoeverBelievesTheAuthority() throws Exception {
        PeerAuthority made = PeerAuthority.create("cluster 7", now);
        PeerAuthority again = PeerAuthority.of(made.issued());
        X509Certificate node = read(again.issue("n1", List.of("10.0.0.1", "fd00::1", "n1.example"), now)
                .certificate());
        X509Certificate authority = read(made.issued().certificate());

        PKIXParameters trust = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        trust.setRevocationEnabled(false);
        assertThat(CertPathValidator.getInstance("PKIX")
                        .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(node)), trust))
                .isNotNull();
        assertThat(node.getSubjectX500Principal().getName()).isEqualTo("CN=n1");
        assertThat(node.getSubjectAlternativeNames().stream().map(name -> String.valueOf(name.get(1))))
                .containsExactlyInAnyOrder("10.0.0.1", "fd00:0:0:0:0:0:0:1", "n1.example");
        assertThat(node.getBasicConstraints()).as("signs nothing itself").isEqualTo(-1);
        assertThat(authority.getBasicConstraints()).isNotEqualTo(-1);
    }

    @Test
    void anotherAuthoritysCertificateIsNotBelieved() throws Exception {
        X509Certificate node = read(PeerAuthority.create("cluster", now)
                .issue("n1", List.of("10.0.0.1"), now)
                .certificate());
        X509Certificate other =
                read(PeerAuthority.create("cluster", now).issued().certificate());
        assertThatThrownBy(() -> node.verify(other.getPublicKey())).isInstanceOf(SignatureException.class);
    }

    @Test
    void whatIsNoNameOfAMachineIsRefused() {
        PeerAuthority authority = PeerAuthority.create("cluster", now);
        assertThatThrownBy(() -> authority.issue("n1", List.of("a b"), now)).hasMessageContaining("'a b'");
        assertThatThrownBy(() -> authority.issue("n1", List.of(), now)).hasMessageContaining("n1");
    }
}
