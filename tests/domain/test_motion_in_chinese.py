"""What Chinese sentences ask of the camera, and which ask nothing of it."""

from __future__ import annotations

import pytest

from tests.domain.moves_as_text import moves_of, rows

ONE_MOVE = """
推近 -> zoom in
镜头慢慢推近 -> zoom in
镜头缓缓推进，花朵盛开 -> zoom in
缓慢推近女孩的脸 -> zoom in
一个女孩，镜头推到她的眼睛 -> zoom in
拉近 -> zoom in
推镜头 -> zoom in
慢推 -> zoom in
向前推进 -> zoom in
镜头靠近猫 -> zoom in
放大画面 -> zoom in
变焦 -> zoom in
无人机向前飞 -> zoom in
镜头慢慢zoom in -> zoom in
鏡頭緩緩推近 -> zoom in
拉远 -> zoom out
拉出 -> zoom out
镜头拉远，露出整座城市 -> zoom out
拉镜头 -> zoom out
镜头缓缓拉开 -> zoom out
镜头向后拉 -> zoom out
镜头后退 -> zoom out
镜头远离房子 -> zoom out
缩小 -> zoom out
左移 -> pan left
镜头向左平移 -> pan left
请让镜头缓缓地向左移动 -> pan left
缓缓向左平移 -> pan left
从左到右平移 -> pan right
镜头从右向左摇过城市 -> pan left
向右摇 -> pan right
快速摇向右边 -> pan right
平移到右侧 -> pan right
镜头右转 -> pan right
摇镜头 -> pan right
一个女孩，摇镜头 -> pan right
向左摇镜头 -> pan left
摇镜头向左 -> pan left
向上摇镜头 -> tilt up
镜头上摇 -> tilt up
向上摇 -> tilt up
镜头向下移动 -> tilt down
镜头从上往下移动 -> tilt down
镜头上升 -> tilt up
镜头抬起 -> tilt up
镜头下降 -> tilt down
镜头顺时针旋转 -> roll clockwise
镜头逆时针旋转 -> roll counterclockwise
顺时针旋转 -> roll counterclockwise
画面逆时针旋转 -> roll clockwise
环绕 -> orbit right
环绕拍摄 -> orbit right
镜头环绕主体向左 -> orbit left
镜头围绕雕像旋转 -> orbit right
镜头绕着女孩转一圈 -> orbit right
无人机环绕城堡飞行 -> orbit right
向左环绕 -> orbit left
环绕拍摄向左 -> orbit left
顺时针环绕拍摄 -> orbit left
缓缓推近的镜头 -> zoom in
镜头推近的女孩 -> zoom in
用推近的手法拍摄 -> zoom in
向左移动的镜头 -> pan left
推近旋转木马 -> zoom in
手持 -> handheld
手持镜头 -> handheld
手持拍摄 -> handheld
轻轻晃动 -> handheld
镜头轻微抖动 -> handheld
轻微晃动的镜头 -> handheld
静止 -> still
静止镜头 -> still
固定镜头 -> still
镜头静止不动 -> still
镜头保持静止 -> still
机位固定，猫在打哈欠 -> still
镜头不动 -> still
不要移动镜头 -> still
没有运镜 -> still
"""

SEVERAL_MOVES = """
向左平移同时推近 -> pan left + zoom in
推近的同时向左摇 -> zoom in + pan left
推近的时候向左摇 -> zoom in + pan left
推近向左平移 -> zoom in + pan left
镜头向左推近 -> zoom in + pan left
镜头向上拉远 -> zoom out + tilt up
镜头左摇向上 -> pan left + tilt up
镜头升起向左移动 -> tilt up + pan left
手持镜头向右环绕 -> handheld + orbit right
镜头向左上方移动 -> tilt up + pan left
镜头往右上移动 -> tilt up + pan right
镜头移向左下角 -> tilt down + pan left
镜头斜向右下方移动 -> tilt down + pan right
镜头从左下往右上移动 -> tilt up + pan right
向左上摇 -> tilt up + pan left
一边推近一边向左平移 -> zoom in + pan left
边推近边环绕 -> zoom in + orbit right
镜头一边后退一边向上摇 -> zoom out + tilt up
推近并向右摇 -> zoom in + pan right
手持跟拍，慢慢推近 -> handheld + zoom in
先推近，再向右平移 -> zoom in | pan right
先左移再右移 -> pan left | pan right
推近然后拉远 -> zoom in | zoom out
推近，接着向上摇 -> zoom in | tilt up
推近之后向右摇 -> zoom in | pan right
推近后向右摇 -> zoom in | pan right
向右摇之前先推近 -> zoom in | pan right
先向左平移，然后推近，最后拉远 -> pan left | zoom in | zoom out
推近。向左平移。 -> zoom in | pan left
左右平移 -> pan left | pan right
上下移动 -> tilt up | tilt down
鏡頭向左平移，然後拉遠 -> pan left | zoom out
"""

REFUSALS = """
不要推近 -> -
别推近 -> -
不要推近和拉远 -> -
不要推近，向左平移 -> pan left
不推近，只平移 -> pan right
无需环绕，慢慢拉远 -> zoom out
不要晃动，缓慢推近 -> zoom in
"""

NO_MOVE = """
猫转头 -> -
女孩向左转 -> -
小女孩转头看向镜头 -> -
猫向左移动 -> -
猫向左走 -> -
一只鸟向左上方飞 -> -
左上角有一只鸟 -> -
猫靠近窗户 -> -
汽车向右行驶 -> -
飞机向左飞 -> -
太阳升起 -> -
风车旋转 -> -
风车顺时针旋转 -> -
旋转木马 -> -
群山环绕的湖泊 -> -
环绕立体声 -> -
推拉门 -> -
拉面 -> -
移动硬盘 -> -
移动电话 -> -
摇椅 -> -
摇滚乐手 -> -
旋转楼梯 -> -
旋转的风车 -> -
环绕的群山 -> -
放大的眼睛 -> -
缩小的世界 -> -
推进的火车 -> -
向左移动的汽车 -> -
左右摇摆的钟摆 -> -
上升的气球 -> -
静止的湖面 -> -
一只静止的猫 -> -
树叶晃动 -> -
女孩手持鲜花 -> -
他推开门 -> -
她拉开窗帘 -> -
小狗摇头 -> -
小狗摇尾巴 -> -
推土机在工作 -> -
用放大镜看书 -> -
快乐的狗快速奔跑 -> -
风吹动她的头发 -> -
花慢慢开放 -> -
他缓慢地走过来 -> -
小猫在草地上奔跑 -> -
俯拍城市 -> -
"""


@pytest.mark.parametrize(("sentence", "moves"), rows(ONE_MOVE + SEVERAL_MOVES))
def test_a_sentence_moves_the_camera(sentence: str, moves: str) -> None:
    assert moves_of(sentence) == moves


@pytest.mark.parametrize(("sentence", "moves"), rows(REFUSALS))
def test_what_the_sentence_refuses_is_no_move(sentence: str, moves: str) -> None:
    assert moves_of(sentence) == moves


@pytest.mark.parametrize(("sentence", "moves"), rows(NO_MOVE))
def test_what_others_do_is_no_camera_move(sentence: str, moves: str) -> None:
    assert moves_of(sentence) == moves
