import re,sys,collections
top=collections.Counter();incl=collections.Counter();thr=collections.Counter()
n=0
cur=None
flt=sys.argv[2] if len(sys.argv)>2 else ''
for ev in open(sys.argv[1]).read().split('jdk.ExecutionSample {')[1:]:
    t=re.search(r'sampledThread = "([^"]*)"',ev)
    t=t.group(1) if t else '?'
    if flt and flt not in t: continue
    fr=re.findall(r'^\s+([\w.$<>]+\(.*?\))\s+line',ev,re.M)
    fr=[re.sub(r'\(.*','',f) for f in fr]
    if not fr: continue
    n+=1; thr[re.sub(r'\d+','N',t)]+=1
    top[fr[0]]+=1
    for f in set(fr): incl[f]+=1
print(n); print(thr.most_common(12))
print('TOP'); 
for f,c in top.most_common(45): print(f'{100*c/n:5.1f} {f}')
print('INCL')
for f,c in incl.most_common(90): print(f'{100*c/n:5.1f} {f}')
