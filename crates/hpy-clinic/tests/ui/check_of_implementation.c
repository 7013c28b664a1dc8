/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.f -> int(check="g")
[clinic start generated code]*/
