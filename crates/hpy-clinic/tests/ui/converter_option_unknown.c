/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.f
    a: int(size=4)
[clinic start generated code]*/
