/**
 * Certificates for the road between nodes, for those who have no authority of their own: {@link io.thalweg.cluster.certificate.PeerAuthority}
 * makes one and signs for nodes with it. {@link io.thalweg.cluster.certificate.Der} writes the little of X.509 that this needs,
 * because the JDK has no way to make a certificate.
 */
@NullMarked
package io.thalweg.cluster.certificate;

import org.jspecify.annotations.NullMarked;
