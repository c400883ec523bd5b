set -e
echo 10 > /proc/self/autogroup
J=/usr/lib/jvm/temurin-25-jdk-amd64; 
for t in o n; do
  [ $t = o ] && R=/work/wt/old || R=/work/main
  D=/work/form/$t/classes; rm -rf $D; mkdir -p $D
  S=""; for m in model ports log ledger memo index shard raft; do S="$S $(find $R/$m/src/main/java -name '*.java')"; [ -d $R/$m/src/main/resources ] && cp -r $R/$m/src/main/resources/. $D/; done
  $J/bin/javac -proc:none -nowarn --release 25 --add-modules jdk.incubator.vector -d $D -cp $(cat /work/cp/cp.txt) $S /work/form/$t/FormBench.java 2>&1 | tail -20
done
ls -d /work/form/*/classes
