/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.f
    a: object(subclass_of=D)
[clinic start generated code]*/
