# run.sh TAG TREE WARM SECONDS
J=/usr/lib/jvm/temurin-25-jdk-amd64; rm -rf /work/form/data; 
$J/bin/java -Xmx1200m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow --add-modules=jdk.incubator.vector -cp /work/form/$1/classes:$(cat /work/cp/cp.txt) io.thalweg.raft.FormBench /work/form/data $2 $3 2>/work/form/err-$1.txt; rm -rf /work/form/data
