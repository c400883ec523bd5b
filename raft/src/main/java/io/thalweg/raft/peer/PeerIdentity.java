package io.thalweg.raft.peer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Whether who calls is the node that it says it is. The authority has signed all that come in at all; but one node's certificate is not to speak for
 * another. That is told by common names, as {@code thalweg cluster certificates} makes them out: to nodes' ids. Where this node's own certificate has
 * another name, certificates come from elsewhere and say nothing of ids, and everybody whom the authority signed is believed.
 */
final class PeerIdentity {
    private final boolean isNamed;

    private PeerIdentity(boolean isNamed) {
        this.isNamed = isNamed;
    }

    /** @throws IOException when the node's own certificate cannot be read */
    static PeerIdentity of(String self, Optional<MutualTls> tls) throws IOException {
        if (tls.isEmpty()) {
            return new PeerIdentity(false);
        }
        try (InputStream in =
                new BufferedInputStream(Files.newInputStream(tls.get().certificate()))) {
            Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
            return new PeerIdentity(isFor(own, self));
        } catch (CertificateException e) {
            throw new IOException("peer.certificate cannot be used: " + e.getMessage(), e);
        }
    }

    /** @param session of the connection; null without TLS */
    boolean is(String id, @Nullable SSLSession session) {
        if (!isNamed) {
            return true;
        }
        try {
            return session != null && isFor(session.getPeerCertificates()[0], id);
        } catch (SSLPeerUnverifiedException _) {
            return false;
        }
    }

    /** @param certificate that whoever answers has shown */
    boolean is(String id, Certificate certificate) {
        return !isNamed || isFor(certificate, id);
    }

    /** Whether a name in it, in the form of a directory's, has the id as its common name, and no other beside it. */
    private static boolean isFor(Certificate certificate, String id) {
        if (!(certificate instanceof X509Certificate known)) {
            return false;
        }
        try {
            List<String> names = new ArrayList<>();
            for (Rdn each : new LdapName(known.getSubjectX500Principal().getName(X500Principal.RFC2253)).getRdns()) {
                Attribute name = each.toAttributes().get("CN");
                if (name != null) {
                    names.add(String.valueOf(name.get()));
                }
            }
            return names.equals(List.of(id));
        } catch (NamingException _) {
            return false;
        }
    }
}
