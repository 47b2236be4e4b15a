"""The words that mark a final answer, in the languages that models answer in."""

import re

_SPACED = (
    *("answer", "antwort", "lösung", "ergebnis", "réponse", "reponse", "respuesta", "solución"),
    *("risposta", "resposta", "solução", "antwoord", "odpowiedź", "odpověď", "odpoveď", "ответ"),
    *("відповідь", "отговор", "одговор", "odgovor", "cevap", "yanıt", "svar", "svaret", "vastaus"),
    *("válasz", "răspuns", "răspunsul", "απάντηση", "đáp án", "câu trả lời", "jawaban"),
    *("الإجابة", "الجواب", "جواب", "پاسخ", "תשובה", "תשובה סופית", "उत्तर", "উত্তর", "பதில்", "సమాధానం"),
    *("ഉത്തരം", "ಉತ್ತರ", "જવાબ", "ਜਵਾਬ", "trả lời", "jawapan", "sagot", "jibu", "sonuç", "cavab"),
    *("atsakymas", "atbilde", "vastus", "përgjigja", "erantzuna", "ateb", "жауап", "javob"),
    *("хариулт", "პასუხი", "պատասխան", "መልስ"),
)
"""Words of scripts that put spaces between words."""

_UNSPACED = (
    *("答案", "答え", "回答", "解答", "答", "정답", "답변", "답", "คำตอบ", "ตอบ", "ຄຳຕອບ", "ចម្លើយ"),
    "အဖြေ",
)
"""Words that others may touch."""

_BEFORE = (
    *("the", "my", "final", "correct", "right", "best", "short", "so", "thus", "therefore"),
    *("die", "das", "meine", "mein", "endgültige", "endgültiges", "finale", "richtige", "korrekte"),
    *("la", "ma", "bonne", "mi", "le", "il", "lo", "a", "o", "mia", "minha", "het", "de", "mijn"),
    *("correcte", "juiste", "definitieve", "uiteindelijke", "окончательный", "правильный", "мой"),
    *("det", "mitt", "endelige", "slutligt", "slutgiltigt", "rätt", "rigtige", "riktige"),
    *("最终", "最終", "最后", "最終的な", "正しい", "正确", "我的", "的", "최종", "所以", "因此"),
)
_AFTER = (
    *("is", "ist", "lautet", "est", "es", "è", "é", "är", "er", "jest", "to", "это", "on"),
    *("final", "finale", "finală", "correcta", "correcte", "corretta", "correta", "końcowa"),
    *("是", "为", "為", "は", "는", "은"),
)

WORD = rf"(?:(?<![^\W_])(?:{'|'.join(_SPACED)})(?![^\W_])|(?:{'|'.join(_UNSPACED)}))"
"""A word for an answer."""

LEAD = r"^[ \t>*_`#-]*"
"""What may stand before a mark on its line."""

_QUALIFIED = rf"(?:(?:{'|'.join(_BEFORE)})(?:,?[ \t]+)?){{0,4}}{WORD}(?:[ \t]*\([^()\n]{{1,40}}\))?"
_LINKED = rf"(?:[ \t]*(?:{'|'.join(_AFTER)})(?![^\W_]))"

STATED = re.compile(
    rf"{LEAD}{_QUALIFIED}[ \t*_`]*(?:{_LINKED}|[ \t]*[是为為は는은]){{0,3}}"
    r"(?:[ \t\u00a0\u202f*_`]*[:=：]|[ \t*_`]+[-–—]+>?(?=[ \t]))(?:[*_`]+(?=\s|$))?[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that states an answer, such as 'Answer: …'; what follows the colon is its group."""

HEADED = re.compile(
    rf"^[ \t]*(?:#+[ \t]*[*_]*|[*_]{{2,}}){_QUALIFIED}[*_ \t]*$()", re.IGNORECASE | re.MULTILINE
)
"""A heading or a bold line that announces an answer without a colon."""

IN_PASSING = re.compile(
    rf"{WORD}(?:{_LINKED}{{1,2}}[ \t]*:?|[ \t]*[是为為は]+[:：]?|[ \t\u00a0]*[:=：])[ \t]*(.+)$",
    re.IGNORECASE,
)
"""A statement within a sentence, such as 'so the answer is 4'."""
